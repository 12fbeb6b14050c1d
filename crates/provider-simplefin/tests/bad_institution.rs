//! Every request of the adapter, answered in every bad way.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

mod support;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use dashtam_domain::connections::{AccountsFeed, HoldingsFeed, PageRequest, SecretLink, TransactionsFeed};
use dashtam_domain::time::Timestamp;
use dashtam_local::SystemRandomness;
use dashtam_provider_kit::{AllowedAddresses, Client, ClientOptions, GuardedClient};
use dashtam_provider_simplefin::{SimplefinOptions, SimplefinProvider};
use dashtam_testkit::{
    fakes::{LogKeeper, LogReader},
    hostile::{self, Asked, Route, Target},
};
use support::{PASSWORD, TestClock, USER, credentials, days, setup_token};
use url::Url;

const ACCOUNTS: &str = r#"{"errlist": [{"code": "act.failed", "msg": "Try again.", "account_id": "A-1"}],
    "connections": [{"conn_id": "CON-1", "name": "My Bank", "org_name": "Bank", "org_url": "https://bank.example"}],
    "accounts": [{"id": "A-1", "name": "Checking", "conn_id": "CON-1", "currency": "USD", "balance": "100.23",
        "available-balance": "75.23", "balance-date": 1772409600,
        "org": {"domain": "bank.example", "name": "Bank"},
        "transactions": [{"id": "T-1", "posted": 1772409600, "amount": "-33293.43", "description": "Shop",
            "payee": "Uncle", "memo": "Note", "transacted_at": 1772409500, "pending": false}],
        "holdings": [{"id": "H-1", "symbol": "VTI", "description": "ETF", "shares": "2", "cost_basis": "10.00",
            "market_value": "12.00", "purchase_price": "5.00", "currency": ""}]}]}"#;
const ACCOUNT: &str = "CON-1|A-1";

struct Simplefin {
    log: LogReader,
    clock: Arc<TestClock>,
    http: GuardedClient,
}

impl Simplefin {
    fn new(log: LogReader) -> Self {
        let bounds = ClientOptions { max_body: 256 * 1024, ..ClientOptions::default() };
        let clock = Arc::new(TestClock(Mutex::new(Timestamp::parse("2026-03-03T12:00:00Z").unwrap())));
        let client = Client::new(bounds, Arc::new(SystemRandomness), clock.clone());
        let http = client.guarded(AllowedAddresses::PublicAndThisMachine, &[], Duration::from_secs(3));
        Self { log, clock, http }
    }
}

#[async_trait]
impl Target for Simplefin {
    fn routes(&self) -> Vec<Route> {
        let route =
            |name, matches, body: &str| Route { name, matches, body: body.to_owned(), optional: false };
        let access = format!("http://{USER}:{PASSWORD}@127.0.0.1:9/simplefin");
        vec![
            route("claim", |line| line.starts_with("POST /claim"), &access),
            route("accounts", |line| line.contains("balances-only"), ACCOUNTS),
            route("account", |line| line.contains("account="), ACCOUNTS),
        ]
    }

    async fn ask(&self, base: &Url, route: &str) -> Vec<Asked> {
        // Made anew each time: requests are counted, and a day has few.
        let options = SimplefinOptions::default();
        let simplefin = SimplefinProvider::new(options, self.http.clone(), self.clock.clone()).unwrap();
        let host = &base[url::Position::BeforeHost..url::Position::AfterPort];
        let credentials = credentials(&format!("http://{USER}:{PASSWORD}@{host}/simplefin"));
        match route {
            "claim" => {
                let token = setup_token(base.join("claim/token-31ce").unwrap().as_str());
                let now = Timestamp::parse("2026-03-03T12:00:00Z").unwrap();
                vec![Asked::of(simplefin.claim(&[token], now).await)]
            }
            "accounts" => vec![Asked::of(AccountsFeed::accounts(&simplefin, &credentials).await)],
            _ => {
                let holdings = Asked::of(simplefin.holdings(&credentials, ACCOUNT).await);
                let window = days("2026-02-20", "2026-03-04");
                let page =
                    simplefin.transactions(&credentials, &PageRequest::new(ACCOUNT, window, None)).await;
                vec![holdings, Asked::of_page(page)]
            }
        }
    }

    fn secrets(&self) -> Vec<String> {
        [USER, PASSWORD, "token-31ce"].map(str::to_owned).to_vec()
    }

    fn take_log(&self) -> String {
        self.log.take()
    }
}

#[tokio::test]
async fn bad_answers_end_in_errors_that_tell_no_secret() {
    let (_kept, log) = LogKeeper::listen();
    hostile::survives_bad_answers(&Simplefin::new(log)).await;
}

#[tokio::test]
async fn bad_values_cost_no_more_than_their_row() {
    let (_kept, log) = LogKeeper::listen();
    let shown = hostile::survives_bad_values(&Simplefin::new(log)).await;
    assert!(shown > 2_000, "{shown}");
}
