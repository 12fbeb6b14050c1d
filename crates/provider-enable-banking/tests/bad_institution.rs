//! Every request of the adapter, answered in every bad way.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

mod support;

use std::sync::Arc;

use async_trait::async_trait;
use dashtam_domain::{
    connections::{
        AccountsFeed, AuthorizationGrant, Credentials, OAuthLink, PageRequest, ProviderError,
        TransactionsFeed,
    },
    secret::SecretText,
};
use dashtam_provider_enable_banking::EnableBankingProvider;
use dashtam_provider_kit::Client;
use dashtam_testkit::{
    fakes::{LogKeeper, LogReader, ManualClock},
    hostile::{self, Asked, Route, Target},
};
use serde_json::{Value, json};
use support::{CURRENT, booked, client, options, pending, provider, provider_asking, request, start, window};
use url::Url;

const SESSION: &str = "4604aaf7-a2b0-4c6e-9d2e";
const CODE: &str = "code-66bb-77aa";

struct EnableBanking {
    log: LogReader,
    http: Client,
}

impl EnableBanking {
    fn listening(log: LogReader) -> Self {
        Self { log, http: client(clock()) }
    }
}

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new(start()))
}

fn stored() -> Value {
    let row = json!({"identification_hash": "WwpbCiJhY2NvdW50IjEx", "details": "Current", "currency": "EUR",
        "cash_account_type": "CACC", "mask": "****0785"});
    json!({"session": SESSION, "institution": "Nordea", "left_out": 0,
        "accounts": [{"uid": "07cc67f4", "account": row}]})
}

fn adapter(base: &Url) -> EnableBankingProvider {
    provider(options(base.clone()), "FI:Nordea", clock())
}

#[async_trait]
impl Target for EnableBanking {
    fn routes(&self) -> Vec<Route> {
        let rows = [pending(Some("r7"), "2026-11-30", "7.00"), booked(None, "2026-11-28", "6.00")];
        let balance = json!({"balance_type": "ITBD", "balance_amount": {"currency": "EUR", "amount": "12.34"},
            "last_change_date_time": "2026-11-30T09:00:00Z"});
        let account = json!({"uid": "07cc67f4", "identification_hash": "WwpbCiJhY2NvdW50IjEx", "currency": "EUR",
            "account_id": {"iban": support::IBAN}, "name": "A. Aalto", "cash_account_type": "CACC"});
        let session = json!({"session_id": SESSION, "accounts": [account], "aspsp": {"name": "Nordea"},
            "access": {"valid_until": "2027-05-29T12:00:00Z"}});
        let banks =
            json!({"aspsps": [{"name": "Nordea", "country": "FI", "maximum_consent_validity": 7_776_000}]});
        // An account whose balances a bank refuses to tell is told without them.
        let route = |name, matches, body: Value| Route {
            name,
            matches,
            body: body.to_string(),
            optional: name == "balances",
        };
        vec![
            route("banks", |line| line.starts_with("GET /aspsps"), banks),
            route("auth", |line| line.starts_with("POST /auth"), json!({"url": "https://bank.example/4f1c"})),
            route("session", |line| line.starts_with("POST /sessions"), session),
            route("balances", |line| line.contains("/balances"), json!({"balances": [balance]})),
            route(
                "transactions",
                |line| line.contains("/transactions"),
                json!({"transactions": rows, "continuation_key": "key-1"}),
            ),
        ]
    }

    async fn ask(&self, base: &Url, route: &str) -> Vec<Asked> {
        let bank = provider_asking(options(base.clone()), "FI:Nordea", self.http.clone(), clock());
        let credentials = Credentials::bearer(SecretText::new(stored().to_string()));
        match route {
            "banks" | "auth" => {
                let opened = bank.authorization_url(&request(), start()).await;
                vec![Asked::of(opened.map(|url| url.scheme().to_owned()))]
            }
            "session" => {
                let grant = AuthorizationGrant { code: SecretText::new(CODE), verifier: request().verifier };
                vec![Asked::of(bank.exchange(&grant, start()).await)]
            }
            "balances" => vec![Asked::of(bank.accounts(&credentials).await)],
            _ => {
                let days = window("2026-11-20", "2026-12-01");
                let page = bank.transactions(&credentials, &PageRequest::new(CURRENT, days, None)).await;
                vec![Asked::of_page(page)]
            }
        }
    }

    fn secrets(&self) -> Vec<String> {
        [SESSION, CODE, support::IBAN, support::STATE].map(str::to_owned).to_vec()
    }

    fn take_log(&self) -> String {
        self.log.take()
    }
}

#[tokio::test]
async fn bad_answers_end_in_errors_that_tell_no_secret() {
    let (_kept, log) = LogKeeper::listen();
    hostile::survives_bad_answers(&EnableBanking::listening(log)).await;
}

#[tokio::test]
async fn bad_values_cost_no_more_than_their_row() {
    let (_kept, log) = LogKeeper::listen();
    let shown = hostile::survives_bad_values(&EnableBanking::listening(log)).await;
    assert!(shown > 1_000, "{shown}");
}

/// A page to which a browser would be sent that is none sends it nowhere.
#[tokio::test]
async fn an_address_that_is_none_opens_nothing() {
    let banks = json!({"aspsps": [{"name": "Nordea", "country": "FI"}]});
    for url in ["javascript:alert(1)", "file:///etc/passwd", "not an address", ""] {
        let server = wiremock::MockServer::start().await;
        let answer = |body: Value| wiremock::ResponseTemplate::new(200).set_body_json(body);
        wiremock::Mock::given(wiremock::matchers::path("/aspsps"))
            .respond_with(answer(banks.clone()))
            .mount(&server)
            .await;
        wiremock::Mock::given(wiremock::matchers::path("/auth"))
            .respond_with(answer(json!({"url": url})))
            .mount(&server)
            .await;
        let bank = adapter(&server.uri().parse().unwrap());
        let refused = bank.authorization_url(&request(), start()).await.unwrap_err();
        assert_eq!(refused, ProviderError::Malformed { at: "authorization" }, "{url}");
    }
}

/// Thousands of rows on one page are read in the time of one, and nothing of a body is believed about its size.
#[tokio::test]
async fn a_huge_page_is_read() {
    let server = wiremock::MockServer::start().await;
    let rows: Vec<Value> =
        (0..1_500).map(|at| booked(Some(&format!("r{at}")), "2026-11-28", "1.00")).collect();
    let body = json!({"transactions": rows, "continuation_key": null});
    let answer = wiremock::ResponseTemplate::new(200).set_body_json(body);
    wiremock::Mock::given(wiremock::matchers::any()).respond_with(answer).mount(&server).await;
    let bank = adapter(&server.uri().parse().unwrap());
    let credentials = Credentials::bearer(SecretText::new(stored().to_string()));
    let days = window("2026-11-20", "2026-12-01");
    let page = bank.transactions(&credentials, &PageRequest::new(CURRENT, days, None)).await.unwrap();
    assert_eq!((page.rows.len(), page.next), (1_500, None));
}
