//! Every request of the adapter, answered in every bad way.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

mod support;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use dashtam_domain::connections::{
    AccountsFeed, HoldingsFeed, PageRequest, SecretLink, TransactionWindow, TransactionsFeed,
};
use dashtam_domain::{
    secret::SecretText,
    time::{Day, Timestamp},
};
use dashtam_local::{SystemClock, SystemRandomness};
use dashtam_provider_alpaca::{AlpacaOptions, AlpacaProvider};
use dashtam_provider_kit::{Client, ClientOptions};
use dashtam_testkit::{
    fakes::{LogKeeper, LogReader},
    hostile::{self, Asked, Route, Target},
};
use support::{ACCOUNT, LIVE, SECRET, credentials};
use url::Url;

const POSITIONS: &str = r#"[{"asset_id": "904837e3", "symbol": "BTCUSD", "asset_class": "crypto", "qty": "2.61937",
    "side": "long", "current_price": "19444", "market_value": "50931.03028", "cost_basis": "51498.3174",
    "usd": {"current_price": "19444", "market_value": "50931.03028", "cost_basis": "51498.3174"}}]"#;
const ACTIVITIES: &str = r#"[
    {"activity_type": "FILL", "id": "20260801093000000::045b3b8d", "symbol": "AAPL", "side": "buy", "type": "fill",
     "transaction_time": "2026-08-01T13:30:00.123456Z", "qty": "2", "price": "120.55", "cum_qty": "2"},
    {"activity_type": "DIV", "id": "20260802000000000::51cdf51f", "date": "2026-08-02", "net_amount": "1.02",
     "symbol": "T", "qty": "2", "per_share_amount": "0.51", "status": "executed", "description": "Dividend"}]"#;

struct Alpaca {
    log: LogReader,
    http: Client,
}

impl Alpaca {
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
impl Target for Alpaca {
    fn routes(&self) -> Vec<Route> {
        let route =
            |name, matches, body: &str| Route { name, matches, body: body.to_owned(), optional: false };
        vec![
            route("activities", |line| line.starts_with("GET /v2/account/activities"), ACTIVITIES),
            route("positions", |line| line.starts_with("GET /v2/positions"), POSITIONS),
            route("account", |line| line == "GET /v2/account", ACCOUNT),
        ]
    }

    async fn ask(&self, base: &Url, route: &str) -> Vec<Asked> {
        let http = self.http.clone();
        let options = AlpacaOptions { live_url: base.clone(), paper_url: base.clone() };
        let alpaca = AlpacaProvider::new(options, http).unwrap();
        let credentials = credentials(LIVE);
        match route {
            "activities" => {
                let day = |text| Day::parse(text).unwrap();
                let window = TransactionWindow { from: day("2026-08-01"), to: day("2026-11-23") };
                let page =
                    alpaca.transactions(&credentials, &PageRequest::new("e6fe16f3", window, None)).await;
                vec![Asked::of_page(page)]
            }
            "positions" => vec![Asked::of(alpaca.holdings(&credentials, "e6fe16f3").await)],
            _ => {
                let keys = [SecretText::new(LIVE), SecretText::new(SECRET)];
                let now = Timestamp::from_micros(0).unwrap();
                vec![
                    Asked::of(AccountsFeed::accounts(&alpaca, &credentials).await),
                    Asked::of(alpaca.claim(&keys, now).await),
                ]
            }
        }
    }

    fn secrets(&self) -> Vec<String> {
        [LIVE, SECRET, "PA3CRCJ7QUIR"].map(str::to_owned).to_vec()
    }

    fn take_log(&self) -> String {
        self.log.take()
    }
}

#[tokio::test]
async fn bad_answers_end_in_errors_that_tell_no_secret() {
    let (_kept, log) = LogKeeper::listen();
    hostile::survives_bad_answers(&Alpaca::new(log)).await;
}

#[tokio::test]
async fn bad_values_cost_no_more_than_their_row() {
    let (_kept, log) = LogKeeper::listen();
    let shown = hostile::survives_bad_values(&Alpaca::new(log)).await;
    assert!(shown > 1_000, "{shown}");
}
