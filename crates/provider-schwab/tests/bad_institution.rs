//! Every request of the adapter, answered in every bad way.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

mod support;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use dashtam_domain::{
    connections::{AccountsFeed, Credentials, HoldingsFeed, OAuthLink, PageRequest, TransactionsFeed},
    secret::SecretText,
    time::Timestamp,
};
use dashtam_provider_kit::{Client, ClientOptions};
use dashtam_provider_schwab::SchwabProvider;
use dashtam_testkit::{
    fakes::{CountingRandomness, LogKeeper, LogReader, ManualClock},
    hostile::{self, Asked, Route, Target},
    schwab::{APP_KEY, APP_SECRET, samples},
};
use serde_json::json;
use support::{options, window};
use url::Url;

const HASH: &str = "AAAA0000000000000000000000000000000000000000000000000000000000A1";
const NUMBER: &str = "55501234";
const ACCESS: &str = "access-token-5c1d";
const REFRESH: &str = "refresh-token-8e2f";

struct Schwab {
    log: LogReader,
    http: Client,
}

impl Schwab {
    fn new(log: LogReader) -> Self {
        let bounds = ClientOptions {
            total_timeout: Duration::from_secs(3),
            max_body: 256 * 1024,
            attempts: 2,
            first_pause: Duration::from_millis(1),
            longest_wait: Duration::from_millis(50),
            ..ClientOptions::default()
        };
        let clock = Arc::new(ManualClock::new(now()));
        Self { log, http: Client::new(bounds, Arc::new(CountingRandomness::default()), clock) }
    }
}

fn now() -> Timestamp {
    Timestamp::parse("2026-11-22T17:00:00Z").unwrap()
}

fn credentials() -> Credentials {
    Credentials {
        access_token: SecretText::new(ACCESS),
        refresh_token: Some(SecretText::new(REFRESH)),
        id_token: None,
        token_type: "Bearer".to_owned(),
        scope: None,
        expires_at: None,
        grant_expires_at: None,
    }
}

#[async_trait]
impl Target for Schwab {
    fn routes(&self) -> Vec<Route> {
        let account = samples::accounts().remove(0);
        let rows = json!([account.transactions[0], account.transactions[1]]);
        let numbers = json!([{"accountNumber": NUMBER, "hashValue": HASH}]);
        let names = json!({"accounts": [{"accountNumber": NUMBER, "nickName": format!("Mine {NUMBER}")}]});
        let token = json!({"expires_in": 1800, "token_type": "Bearer", "scope": "api",
            "refresh_token": REFRESH, "access_token": ACCESS, "id_token": "id-token-77aa"});
        let route = |name, matches, body: serde_json::Value| Route {
            name,
            matches,
            body: body.to_string(),
            optional: name == "preferences",
        };
        vec![
            route("token", |line| line.starts_with("POST /v1/oauth/token"), token),
            route("numbers", |line| line.contains("/accountNumbers"), numbers),
            route("preferences", |line| line.contains("/userPreference"), names),
            route("transactions", |line| line.contains("/transactions?"), rows),
            route("account", |line| line.contains("/accounts/AAAA"), account.entry.clone()),
            route("accounts", |line| line.contains("/accounts?"), json!([account.entry])),
        ]
    }

    async fn ask(&self, base: &Url, route: &str) -> Vec<Asked> {
        let clock = Arc::new(ManualClock::new(now()));
        let schwab = SchwabProvider::new(options(base.clone()), self.http.clone(), clock).unwrap();
        let credentials = credentials();
        match route {
            "token" => {
                let code = dashtam_domain::connections::AuthorizationGrant {
                    code: SecretText::new("C0.code-66bb@"),
                    verifier: support::request().verifier,
                };
                vec![
                    Asked::of(schwab.exchange(&code, now()).await),
                    Asked::of(schwab.refresh(&credentials, now()).await),
                ]
            }
            "transactions" => {
                let days = window("2026-09-01", "2026-11-23");
                let page = schwab.transactions(&credentials, &PageRequest::new(HASH, days, None)).await;
                vec![Asked::of_page(page)]
            }
            "account" => vec![Asked::of(schwab.holdings(&credentials, HASH).await)],
            _ => vec![Asked::of(AccountsFeed::accounts(&schwab, &credentials).await)],
        }
    }

    fn secrets(&self) -> Vec<String> {
        [APP_KEY, APP_SECRET, ACCESS, REFRESH, NUMBER, "id-token-77aa", "C0.code-66bb"]
            .map(str::to_owned)
            .to_vec()
    }

    fn take_log(&self) -> String {
        self.log.take()
    }
}

#[tokio::test]
async fn bad_answers_end_in_errors_that_tell_no_secret() {
    let (_kept, log) = LogKeeper::listen();
    hostile::survives_bad_answers(&Schwab::new(log)).await;
}

#[tokio::test]
async fn bad_values_cost_no_more_than_their_row() {
    let (_kept, log) = LogKeeper::listen();
    let shown = hostile::survives_bad_values(&Schwab::new(log)).await;
    assert!(shown > 3_000, "{shown}");
}
