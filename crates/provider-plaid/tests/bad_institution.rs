//! Every request of the adapter, answered in every bad way.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

mod support;

use std::sync::Arc;

use async_trait::async_trait;
use dashtam_domain::{
    connections::{
        AccountsFeed, Changes, ChangesFeed, Credentials, HoldingsFeed, HostedLink, HostedRequest,
        ProviderError,
    },
    id::ConnectionId,
    secret::SecretText,
};
use dashtam_local::SystemClock;
use dashtam_provider_kit::Client;
use dashtam_provider_plaid::PlaidProvider;
use dashtam_testkit::{
    fakes::{LogKeeper, LogReader},
    hostile::{self, Asked, Route, Target},
    plaid::SECRET,
};
use support::{client, options, start};
use url::Url;

const ACCESS: &str = "access-sandbox-4f1c-9d2e";
const ACCOUNTS: &str = r#"{"accounts": [{"account_id": "BxBX", "balances": {"available": 100, "current": 110.5,
    "iso_currency_code": "USD", "limit": null}, "mask": "0000", "name": "Plaid Checking", "subtype": "checking",
    "type": "depository"}], "item": {"error": null, "institution_name": "Chase", "item_id": "eVBn"}}"#;
const SYNC: &str = r#"{"added": [{"account_id": "BxBX", "amount": 72.1, "iso_currency_code": "USD",
    "date": "2023-09-24", "datetime": "2023-09-24T11:01:01Z", "name": "PURCHASE WM SUPERCENTER",
    "merchant_name": "Walmart", "pending": false, "pending_transaction_id": "no86", "transaction_id": "lPNj",
    "personal_finance_category": {"primary": "FOOD_AND_DRINK", "detailed": "FOOD_AND_DRINK_FAST_FOOD"}}],
    "modified": [], "removed": [{"account_id": "BxBX", "transaction_id": "CmdQ"}], "next_cursor": "tVUUL15l",
    "has_more": true, "transactions_update_status": "HISTORICAL_UPDATE_COMPLETE"}"#;
const INVESTED: &str = r#"{"investment_transactions": [{"account_id": "rz99", "amount": -1289.01,
    "date": "2020-05-28", "fees": 7.99, "investment_transaction_id": "pK99", "iso_currency_code": "USD",
    "name": "SELL Fund", "price": 27.53, "quantity": -47.74, "security_id": "JDdP", "subtype": "sell",
    "type": "sell"}], "securities": [{"security_id": "JDdP", "ticker_symbol": "MIPTX", "type": "mutual fund"}],
    "total_investment_transactions": 1}"#;
const HOLDINGS: &str = r#"{"accounts": [{"account_id": "rz99", "type": "investment"}],
    "holdings": [{"account_id": "rz99", "cost_basis": 23, "institution_price": 27, "institution_value": 636.309,
    "iso_currency_code": "USD", "quantity": 23.567, "security_id": "JDdP"}],
    "securities": [{"security_id": "JDdP", "ticker_symbol": "MIPTX", "type": "mutual fund"}]}"#;
const ITEM: &str = r#"{"item": {"item_id": "eVBn", "products": ["transactions"], "error": null,
    "consent_expiration_time": "2027-03-16T15:53:00Z"}}"#;

struct Plaid {
    log: LogReader,
    http: Client,
}

#[async_trait]
impl Target for Plaid {
    fn routes(&self) -> Vec<Route> {
        let route =
            |name, matches, body: &str| Route { name, matches, body: body.to_owned(), optional: false };
        vec![
            route("sync", |line| line.starts_with("POST /transactions/sync"), SYNC),
            route("invested", |line| line.starts_with("POST /investments/transactions/get"), INVESTED),
            route("holdings", |line| line.starts_with("POST /investments/holdings/get"), HOLDINGS),
            route("accounts", |line| line.starts_with("POST /accounts/get"), ACCOUNTS),
            route("item", |line| line.starts_with("POST /item/get"), ITEM),
        ]
    }

    async fn ask(&self, base: &Url, route: &str) -> Vec<Asked> {
        let plaid =
            PlaidProvider::new(options(base.clone()), self.http.clone(), Arc::new(SystemClock)).unwrap();
        let credentials = Credentials {
            scope: Some("transactions investments".to_owned()),
            ..Credentials::bearer(SecretText::new(ACCESS))
        };
        match route {
            "sync" => vec![changes(plaid.changes(&credentials, None).await)],
            "invested" => vec![changes(plaid.changes(&credentials, Some("i|2024-11-30|0|c")).await)],
            "holdings" => vec![Asked::of(plaid.holdings(&credentials, "rz99").await)],
            "item" => {
                let renewed = SecretText::new("renewed");
                vec![Asked::of(plaid.exchange(&renewed, Some(&credentials), start()).await.map(|_| ()))]
            }
            _ => vec![Asked::of(plaid.accounts(&credentials).await)],
        }
    }

    fn secrets(&self) -> Vec<String> {
        [ACCESS, SECRET].map(str::to_owned).to_vec()
    }

    fn take_log(&self) -> String {
        self.log.take()
    }
}

fn changes(answer: Result<Changes, ProviderError>) -> Asked {
    let told = match &answer {
        Ok(Changes::Page(page)) => page.refused.iter().map(|refused| refused.row.reason.clone()).collect(),
        _ => Vec::new(),
    };
    Asked { told, ..Asked::of(answer) }
}

#[tokio::test]
async fn bad_answers_end_in_errors_that_tell_no_secret() {
    let (_kept, log) = LogKeeper::listen();
    let http = client(Arc::new(SystemClock));
    hostile::survives_bad_answers(&Plaid { log, http }).await;
}

#[tokio::test]
async fn bad_values_cost_no_more_than_their_row() {
    let (_kept, log) = LogKeeper::listen();
    let http = client(Arc::new(SystemClock));
    let shown = hostile::survives_bad_values(&Plaid { log, http }).await;
    assert!(shown > 1_000, "{shown}");
}

/// A page to which a browser would be sent that is no page of Plaid's sends it nowhere.
#[tokio::test]
async fn an_address_that_is_none_opens_nothing() {
    for url in ["javascript:alert(1)", "file:///etc/passwd", "not an address", ""] {
        let server = wiremock_answer(url).await;
        let options = options(server.uri().parse().unwrap());
        let plaid =
            PlaidProvider::new(options, client(Arc::new(SystemClock)), Arc::new(SystemClock)).unwrap();
        let request = HostedRequest {
            state: SecretText::new("s"),
            connection: ConnectionId(uuid::Uuid::nil()),
            current: None,
        };
        plaid.begin(&request, start()).await.unwrap_err();
    }
}

async fn wiremock_answer(url: &str) -> wiremock::MockServer {
    let server = wiremock::MockServer::start().await;
    let body = serde_json::json!({"link_token": "link-sandbox-1", "hosted_link_url": url});
    let answer = wiremock::ResponseTemplate::new(200).set_body_json(body);
    wiremock::Mock::given(wiremock::matchers::any()).respond_with(answer).mount(&server).await;
    server
}
