//! Plaid, before what every adapter has to pass.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

use std::sync::Arc;

use dashtam_domain::{
    connections::{Credentials, Provider},
    secret::SecretText,
};
use dashtam_provider_kit::{
    conformance::{
        Bank, BankAccount, BankPosition, BankRow, BankUnderTest, Declared, Paging, Place, Refusal, Reply,
        Request, number,
    },
    provider_conformance,
};
use dashtam_provider_plaid::{PlaidOptions, PlaidProvider, Product};
use serde_json::{Value, json};

const CLIENT_ID: &str = "client-id-77aa";
const SECRET: &str = "secret-of-the-operator";
const ACCESS: &str = "access-sandbox-4f1c-9d2e";

struct Plaid;

fn account(account: &BankAccount) -> Value {
    json!({"account_id": format!("A{}", account.number), "mask": "0000", "name": "Everything",
        "type": "investment", "subtype": "brokerage",
        "balances": {"current": number(account.balance), "iso_currency_code": account.currency.as_str()}})
}

/// What leaves an account is positive there.
fn transaction(row: &BankRow, of: &BankAccount) -> Value {
    json!({"account_id": format!("A{}", of.number), "transaction_id": format!("T{}", row.number),
        "amount": row.amount_number(true), "iso_currency_code": of.currency.as_str(),
        "date": row.day.to_string(), "datetime": row.instant(5).to_string(), "name": row.words,
        "pending": row.pending})
}

fn holding(held: &BankPosition, of: &BankAccount) -> Value {
    json!({"account_id": format!("A{}", of.number), "security_id": format!("S{}", held.symbol),
        "quantity": number(held.quantity), "institution_price": number(held.price),
        "institution_value": number(held.value()), "iso_currency_code": of.currency.as_str()})
}

fn security(held: &BankPosition) -> Value {
    json!({"security_id": format!("S{}", held.symbol), "ticker_symbol": held.symbol, "type": "etf"})
}

fn refusal(kind: &str, code: &str) -> Reply {
    Reply::new(400, json!({"error_type": kind, "error_code": code, "error_message": "no"}).to_string())
}

/// A page of changes.
fn sync(bank: &Bank, body: &Value) -> Value {
    let rows: Vec<&BankRow> = bank.rows().map(|(_, row)| row).collect();
    let (shown, next) = bank.page(&rows, body["cursor"].as_str());
    let of = |row: &BankRow| bank.accounts.iter().find(|account| account.rows.contains(row)).unwrap();
    let added: Value = shown.into_iter().map(|row| transaction(row, of(row))).collect();
    json!({"added": added, "modified": [], "removed": [], "has_more": next.is_some(),
        "next_cursor": next.unwrap_or_else(|| "end".to_owned()),
        "transactions_update_status": "HISTORICAL_UPDATE_COMPLETE"})
}

fn holdings(bank: &Bank) -> Value {
    let held = || bank.accounts.iter().flat_map(|of| of.positions.iter().map(move |held| (held, of)));
    let rows: Value = held().map(|(held, of)| holding(held, of)).collect();
    let securities: Value = held().map(|(held, _)| security(held)).collect();
    let accounts: Value = bank.accounts.iter().map(account).collect();
    json!({"accounts": accounts, "holdings": rows, "securities": securities})
}

impl BankUnderTest for Plaid {
    fn declares(&self) -> Declared {
        Declared {
            paging: Paging::Cursor,
            pending: true,
            only_currency: None,
            most_accounts: 100,
            at_once: 1,
        }
    }

    /// Each answer is about all accounts.
    fn most_requests(&self, _accounts: usize) -> usize {
        4
    }

    fn provider(&self, place: &Place) -> Arc<dyn Provider> {
        let options = PlaidOptions {
            base_url: place.url.clone(),
            client_id: SecretText::new(CLIENT_ID),
            secret: SecretText::new(SECRET),
            products: Product::ALL.to_vec(),
            country_codes: vec!["US".to_owned()],
            language: "en".to_owned(),
            redirect_uri: None,
            webhook_uri: None,
        };
        Arc::new(PlaidProvider::new(options, place.http.clone(), Arc::clone(&place.clock)).unwrap())
    }

    fn credentials(&self, _bank: &Bank, _place: &Place) -> Credentials {
        Credentials {
            scope: Some("transactions investments".to_owned()),
            ..Credentials::bearer(SecretText::new(ACCESS))
        }
    }

    fn secrets(&self) -> Vec<String> {
        [CLIENT_ID, SECRET, ACCESS].map(str::to_owned).to_vec()
    }

    fn account_id(&self, account: &BankAccount) -> String {
        format!("A{}", account.number)
    }

    fn row_id(&self, row: &BankRow) -> String {
        format!("T{}", row.number)
    }

    fn answer(&self, bank: &Bank, request: &Request) -> Reply {
        let keys = ["plaid-client-id", "plaid-secret"].map(|name| request.header(name));
        if keys != [Some(CLIENT_ID), Some(SECRET)] {
            return refusal("INVALID_INPUT", "INVALID_API_KEYS");
        }
        let body = request.json();
        if body["access_token"] != ACCESS {
            return self.refuses(Refusal::Unauthorized, request);
        }
        match (request.method.as_str(), request.path.as_str()) {
            ("POST", "/accounts/get") => {
                let accounts: Value = bank.accounts.iter().map(account).collect();
                let item = json!({"item_id": "eVBn", "institution_name": "Chase", "error": null});
                Reply::json(&json!({"accounts": accounts, "item": item}))
            }
            ("POST", "/transactions/sync") => Reply::json(&sync(bank, &body)),
            ("POST", "/investments/transactions/get") => Reply::json(&json!({"investment_transactions": [],
                "securities": [], "total_investment_transactions": 0})),
            ("POST", "/investments/holdings/get") => Reply::json(&holdings(bank)),
            _ => Reply::new(404, "{}"),
        }
    }

    fn refuses(&self, what: Refusal, _request: &Request) -> Reply {
        match what {
            Refusal::Unauthorized => refusal("INVALID_INPUT", "INVALID_ACCESS_TOKEN"),
            Refusal::GrantEnded => refusal("ITEM_ERROR", "ITEM_LOGIN_REQUIRED"),
        }
    }
}

provider_conformance!(
    Plaid,
    not_applicable: [
        "the_window_is_kept_to",
        "windows_that_overlap_agree",
        "an_authorization_address_tells_no_secret",
        "a_claim_says_what_to_do",
        "a_passing_failure_ends_no_grant",
    ]
);
