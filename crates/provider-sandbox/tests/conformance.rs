//! The sandbox bank, before what every adapter has to pass.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

use std::sync::Arc;

use dashtam_domain::{
    connections::{Credentials, Provider},
    secret::SecretText,
    time::Day,
};
use dashtam_provider_kit::{
    conformance::{
        Bank, BankAccount, BankPosition, BankRow, BankUnderTest, Declared, Paging, Place, Refusal, Reply,
        Request,
    },
    provider_conformance,
};
use dashtam_provider_sandbox::{SandboxOptions, SandboxProvider};
use serde_json::{Value, json};

const ACCESS: &str = "access-token-5c1d";
const REFRESH: &str = "refresh-token-8e2f";
const PASSWORD: &str = "client-secret-21dd";

struct Sandbox;

fn account(account: &BankAccount) -> Value {
    json!({"id": format!("acc-{}", account.number), "name": "Everyday", "type": "brokerage",
        "currency": account.currency.as_str(), "number_masked": "****1234",
        "balances": {"current": account.balance.to_string(), "as_of": "2026-11-22T17:00:00Z"}})
}

fn transaction(row: &BankRow, account: &BankAccount) -> Value {
    json!({"id": format!("t-{}", row.number), "date": row.day.to_string(), "amount": row.amount_text(),
        "currency": account.currency.as_str(), "description": row.words, "type": "purchase",
        "status": if row.pending { "pending" } else { "posted" },
        "occurred_at": row.instant(5).to_string()})
}

fn holding(held: &BankPosition, account: &BankAccount) -> Value {
    json!({"symbol": held.symbol, "name": "Fund", "asset_type": "etf", "quantity": held.quantity.to_string(),
        "price": held.price.to_string(), "market_value": held.value().to_string(),
        "currency": account.currency.as_str(), "as_of": "2026-11-22T17:00:00Z"})
}

/// The days that a request asks for, both included.
fn days(request: &Request) -> Option<(Day, Day)> {
    Some((Day::parse(request.parameter("from")?)?, Day::parse(request.parameter("to")?)?))
}

impl BankUnderTest for Sandbox {
    fn declares(&self) -> Declared {
        Declared {
            paging: Paging::Cursor,
            pending: true,
            only_currency: None,
            most_accounts: 100,
            at_once: 1,
        }
    }

    fn most_requests(&self, accounts: usize) -> usize {
        1 + 2 * accounts
    }

    fn provider(&self, place: &Place) -> Arc<dyn Provider> {
        let options = SandboxOptions {
            base_url: place.url.clone(),
            client_id: "dashtam".to_owned(),
            client_secret: SecretText::new(PASSWORD),
            redirect_uri: "https://127.0.0.1:8182/".parse().unwrap(),
        };
        Arc::new(SandboxProvider::new(options, place.http.clone()).unwrap())
    }

    fn credentials(&self, _bank: &Bank, _place: &Place) -> Credentials {
        Credentials {
            refresh_token: Some(SecretText::new(REFRESH)),
            ..Credentials::bearer(SecretText::new(ACCESS))
        }
    }

    fn secrets(&self) -> Vec<String> {
        [ACCESS, REFRESH, PASSWORD].map(str::to_owned).to_vec()
    }

    fn account_id(&self, account: &BankAccount) -> String {
        format!("acc-{}", account.number)
    }

    fn row_id(&self, row: &BankRow) -> String {
        format!("t-{}", row.number)
    }

    fn answer(&self, bank: &Bank, request: &Request) -> Reply {
        if request.header("authorization") != Some(format!("Bearer {ACCESS}").as_str()) {
            return self.refuses(Refusal::Unauthorized, request);
        }
        let Some(below) = request.path.strip_prefix("/v1/accounts") else { return Reply::new(404, "{}") };
        let Some((id, what)) = below.trim_start_matches('/').split_once('/') else {
            return Reply::json(&json!({"accounts": bank.accounts.iter().map(account).collect::<Value>()}));
        };
        let Some(of) = bank.accounts.iter().find(|account| self.account_id(account) == id) else {
            return Reply::new(404, "{}");
        };
        match (what, days(request)) {
            ("holdings", _) => {
                let held: Value = of.positions.iter().map(|held| holding(held, of)).collect();
                Reply::json(&json!({"holdings": held}))
            }
            ("transactions", Some((from, to))) => {
                let rows: Vec<&BankRow> =
                    of.rows.iter().filter(|row| (from..=to).contains(&row.day)).collect();
                let (shown, next) = bank.page(&rows, request.parameter("cursor"));
                let shown: Value = shown.into_iter().map(|row| transaction(row, of)).collect();
                Reply::json(&json!({"transactions": shown, "next_cursor": next}))
            }
            _ => Reply::new(422, "{}"),
        }
    }

    fn refuses(&self, refusal: Refusal, _request: &Request) -> Reply {
        match refusal {
            Refusal::Unauthorized => Reply::new(401, r#"{"error": "invalid_token"}"#),
            Refusal::GrantEnded => Reply::new(400, r#"{"error": "invalid_grant"}"#),
        }
    }
}

provider_conformance!(Sandbox, not_applicable: ["a_claim_says_what_to_do"]);
