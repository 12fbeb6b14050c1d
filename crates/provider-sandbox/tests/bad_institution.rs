//! Every request of the adapter, answered in every bad way.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use dashtam_domain::{
    connections::{
        AccountsFeed, AuthorizationGrant, Credentials, HoldingsFeed, OAuthLink, PageRequest,
        TransactionWindow, TransactionsFeed,
    },
    secret::SecretText,
    time::{Day, Timestamp},
};
use dashtam_local::{SystemClock, SystemRandomness};
use dashtam_provider_kit::{Client, ClientOptions};
use dashtam_provider_sandbox::{SandboxOptions, SandboxProvider};
use dashtam_testkit::{
    fakes::{LogKeeper, LogReader},
    hostile::{self, Asked, Route, Target},
};
use url::Url;

const ACCESS: &str = "access-token-5c1d";
const REFRESH: &str = "refresh-token-8e2f";
const PASSWORD: &str = "client-secret-21dd";

const TOKEN: &str = r#"{"access_token": "access-token-5c1d", "token_type": "Bearer", "expires_in": 900,
    "refresh_token": "refresh-token-8e2f", "scope": "accounts transactions"}"#;
const ACCOUNTS: &str = r#"{"accounts": [{"id": "acc-1", "name": "Everyday", "type": "checking", "currency": "USD",
    "number_masked": "****1234", "balances": {"current": "12.50", "available": "10.00",
    "as_of": "2026-11-22T17:00:00Z"}}]}"#;
const TRANSACTIONS: &str = r#"{"transactions": [{"id": "t-1", "date": "2026-11-01", "amount": "-95.05",
    "currency": "USD", "description": "BUY", "type": "buy", "status": "posted", "counterparty": "Exchange",
    "pending_id": "p-1", "occurred_at": "2026-11-01T12:00:00Z",
    "security": {"symbol": "VXUS", "name": "Fund", "quantity": "9.01", "price": "10", "fees": "4.95"}}],
    "next_cursor": null}"#;
const HOLDINGS: &str = r#"{"holdings": [{"symbol": "VXUS", "name": "Fund", "asset_type": "etf", "quantity": "9.01",
    "price": "10", "market_value": "90.10", "cost_basis": "95.05", "currency": "USD",
    "as_of": "2026-11-22T17:00:00Z"}]}"#;

struct Sandbox {
    log: LogReader,
    http: Client,
}

impl Sandbox {
    fn new(log: LogReader) -> Self {
        let bounds = ClientOptions {
            total_timeout: Duration::from_secs(3),
            max_body: 256 * 1024,
            attempts: 2,
            first_pause: Duration::from_millis(1),
            longest_wait: Duration::from_millis(50),
            ..ClientOptions::default()
        };
        let http = Client::new(bounds, Arc::new(SystemRandomness), Arc::new(SystemClock));
        Self { log, http }
    }
}

#[async_trait]
impl Target for Sandbox {
    fn routes(&self) -> Vec<Route> {
        let route =
            |name, matches, body: &str| Route { name, matches, body: body.to_owned(), optional: false };
        vec![
            // By RFC 7009 the status says it all.
            Route { optional: true, ..route("revoke", |line| line.starts_with("POST /oauth/revoke"), "{}") },
            route("token", |line| line.starts_with("POST /oauth/token"), TOKEN),
            route("transactions", |line| line.contains("/transactions"), TRANSACTIONS),
            route("holdings", |line| line.contains("/holdings"), HOLDINGS),
            route("accounts", |line| line == "GET /v1/accounts", ACCOUNTS),
        ]
    }

    async fn ask(&self, base: &Url, route: &str) -> Vec<Asked> {
        let http = self.http.clone();
        let options = SandboxOptions {
            base_url: base.clone(),
            client_id: "dashtam".to_owned(),
            client_secret: SecretText::new(PASSWORD),
            redirect_uri: "https://127.0.0.1:8182/".parse().unwrap(),
        };
        let bank = SandboxProvider::new(options, http).unwrap();
        let credentials = Credentials {
            access_token: SecretText::new(ACCESS),
            refresh_token: Some(SecretText::new(REFRESH)),
            id_token: None,
            token_type: "Bearer".to_owned(),
            scope: None,
            expires_at: None,
            grant_expires_at: None,
        };
        let now = Timestamp::parse("2026-11-22T17:00:00Z").unwrap();
        match route {
            "token" => {
                let (code, verifier) =
                    (SecretText::new("code-66bb"), SecretText::new("verifier-12ab".repeat(4)));
                vec![
                    Asked::of(bank.exchange(&AuthorizationGrant { code, verifier }, now).await),
                    Asked::of(bank.refresh(&credentials, now).await),
                ]
            }
            "revoke" => vec![Asked::of(bank.revoke(&credentials).await)],
            "transactions" => {
                let day = |text| Day::parse(text).unwrap();
                let window = TransactionWindow { from: day("2026-10-01"), to: day("2026-11-23") };
                let page = bank.transactions(&credentials, &PageRequest::new("acc-1", window, None)).await;
                vec![Asked::of_page(page)]
            }
            "holdings" => vec![Asked::of(bank.holdings(&credentials, "acc-1").await)],
            _ => vec![Asked::of(AccountsFeed::accounts(&bank, &credentials).await)],
        }
    }

    fn secrets(&self) -> Vec<String> {
        [ACCESS, REFRESH, PASSWORD, "code-66bb", "verifier-12ab"].map(str::to_owned).to_vec()
    }

    fn take_log(&self) -> String {
        self.log.take()
    }
}

#[tokio::test]
async fn bad_answers_end_in_errors_that_tell_no_secret() {
    let (_kept, log) = LogKeeper::listen();
    hostile::survives_bad_answers(&Sandbox::new(log)).await;
}

#[tokio::test]
async fn bad_values_cost_no_more_than_their_row() {
    let (_kept, log) = LogKeeper::listen();
    let shown = hostile::survives_bad_values(&Sandbox::new(log)).await;
    assert!(shown > 1_000, "{shown}");
}
