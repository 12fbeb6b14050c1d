//! Alpaca, before what every adapter has to pass.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

use std::sync::Arc;

use dashtam_domain::{
    connections::{Credentials, Provider},
    secret::SecretText,
    time::Timestamp,
};
use dashtam_provider_alpaca::{AlpacaOptions, AlpacaProvider};
use dashtam_provider_kit::{
    conformance::{
        Bank, BankAccount, BankPosition, BankRow, BankUnderTest, Declared, Paging, Place, Refusal, Reply,
        Request,
    },
    provider_conformance,
};
use serde_json::{Value, json};

const ID: &str = "AKLIVE4F1C";
const SECRET: &str = "secret-9d2e";
const NUMBER: &str = "PA3CRCJ7QUIR";
/// Rows of a full page.
const PAGE: usize = 100;

struct Alpaca;

/// Ids begin with the day, and rows come in their order.
fn id(row: &BankRow) -> String {
    let day = row.day.to_string().replace('-', "");
    format!("{day}000000{:06}::x", row.number)
}

fn activity(row: &BankRow) -> Value {
    json!({"activity_type": "CSD", "id": id(row), "date": row.day.to_string(), "net_amount": row.amount_text(),
        "status": "executed", "description": row.words})
}

fn position(held: &BankPosition) -> Value {
    json!({"asset_id": format!("asset-{}", held.symbol), "symbol": held.symbol, "asset_class": "us_equity",
        "qty": held.quantity.to_string(), "side": "long", "current_price": held.price.to_string(),
        "market_value": held.value().to_string()})
}

/// Activities between two instants, neither of which is included, a page of them behind the row that is named.
fn activities(bank: &Bank, of: &BankAccount, request: &Request) -> Option<Value> {
    let instant = |name| request.parameter(name).and_then(Timestamp::parse);
    let (after, until) = (instant("after")?, instant("until")?);
    let size: usize = request.parameter("page_size")?.parse().ok()?;
    let mut rows: Vec<&BankRow> =
        of.rows.iter().filter(|row| row.day.start() > after && row.day.start() < until).collect();
    rows.sort_by_key(|row| id(row));
    let token = request.parameter("page_token").filter(|_| !bank.pages.stuck);
    let behind = |row: &&&BankRow| token.is_none_or(|token| id(row).as_str() > token);
    Some(rows.iter().filter(behind).take(size).map(|row| activity(row)).collect())
}

impl BankUnderTest for Alpaca {
    fn declares(&self) -> Declared {
        Declared {
            paging: Paging::Full(PAGE),
            pending: false,
            only_currency: None,
            most_accounts: 1,
            at_once: 1,
        }
    }

    /// The account is asked for anew with its transactions and with its positions, which do not tell their currency.
    fn most_requests(&self, accounts: usize) -> usize {
        1 + 4 * accounts
    }

    fn provider(&self, place: &Place) -> Arc<dyn Provider> {
        let options = AlpacaOptions { live_url: place.url.clone(), paper_url: place.url.clone() };
        Arc::new(AlpacaProvider::new(options, place.http.clone()).unwrap())
    }

    fn credentials(&self, _bank: &Bank, _place: &Place) -> Credentials {
        let keys = format!(r#"{{"key_id": "{ID}", "secret_key": "{SECRET}"}}"#);
        Credentials::bearer(SecretText::new(keys))
    }

    fn pasted(&self, _place: &Place) -> Vec<SecretText> {
        [ID, SECRET].map(SecretText::new).to_vec()
    }

    fn secrets(&self) -> Vec<String> {
        [ID, SECRET, NUMBER].map(str::to_owned).to_vec()
    }

    fn account_id(&self, account: &BankAccount) -> String {
        format!("e6fe16f3-{}", account.number)
    }

    fn row_id(&self, row: &BankRow) -> String {
        id(row)
    }

    fn answer(&self, bank: &Bank, request: &Request) -> Reply {
        let keys = ["apca-api-key-id", "apca-api-secret-key"].map(|name| request.header(name));
        if keys != [Some(ID), Some(SECRET)] {
            return self.refuses(Refusal::Unauthorized, request);
        }
        let Some(of) = bank.accounts.first() else { return Reply::new(404, "{}") };
        match request.path.as_str() {
            "/v2/account" => Reply::json(&json!({"id": self.account_id(of), "account_number": NUMBER,
                "currency": of.currency.as_str(), "equity": of.balance.to_string(), "cash": "1.00"})),
            "/v2/positions" => Reply::json(&of.positions.iter().map(position).collect::<Value>()),
            "/v2/account/activities" => match activities(bank, of, request) {
                Some(rows) => Reply::json(&rows),
                None => Reply::new(422, r#"{"message": "invalid query parameter"}"#),
            },
            _ => Reply::new(404, "{}"),
        }
    }

    fn refuses(&self, _refusal: Refusal, _request: &Request) -> Reply {
        Reply::new(401, r#"{"message": "unauthorized."}"#)
    }
}

provider_conformance!(
    Alpaca,
    not_applicable: [
        "pending_transactions_are_told_as_such",
        "empty_pages_do_not_end_a_listing",
        "an_authorization_address_tells_no_secret",
        "a_passing_failure_ends_no_grant",
    ]
);
