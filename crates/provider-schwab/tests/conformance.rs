//! Schwab, before what every adapter has to pass.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

use std::sync::Arc;

use chrono::TimeDelta;
use dashtam_domain::{
    connections::{Credentials, Provider},
    money::Currency,
    secret::SecretText,
    time::Timestamp,
};
use dashtam_provider_kit::{
    BudgetOptions,
    conformance::{
        Bank, BankAccount, BankPosition, BankRow, BankUnderTest, Declared, Paging, Place, Refusal, Reply,
        Request, number,
    },
    provider_conformance,
};
use dashtam_provider_schwab::{SchwabOptions, SchwabProvider};
use serde_json::{Value, json};

const SECRET: &str = "app-secret-21dd";
const ACCESS: &str = "access-token-5c1d";
const REFRESH: &str = "refresh-token-8e2f";
/// The type of every transaction of the bank.
const KIND: &str = "ELECTRONIC_FUND";
/// New York is so many hours behind UTC in winter.
const BEHIND: i64 = 5;

struct Schwab;

fn number_of(account: u32) -> String {
    format!("5550{account:04}")
}

fn hash(account: &BankAccount) -> String {
    format!("AAAA{:060}", account.number)
}

fn position(held: &BankPosition) -> Value {
    json!({"longQuantity": number(held.quantity), "shortQuantity": 0, "averagePrice": number(held.price),
        "marketValue": number(held.value()),
        "instrument": {"assetType": "EQUITY", "cusip": format!("000000{}", held.symbol), "symbol": held.symbol}})
}

fn entry(account: &BankAccount) -> Value {
    let positions: Value = account.positions.iter().map(position).collect();
    json!({"securitiesAccount": {"type": "CASH", "accountNumber": number_of(account.number),
        "positions": positions, "currentBalances": {"liquidationValue": number(account.balance)}}})
}

fn transaction(row: &BankRow, account: &BankAccount) -> Value {
    let at = row.instant(BEHIND).as_chrono().format("%Y-%m-%dT%H:%M:%S+0000").to_string();
    json!({"activityId": row.number, "time": at, "tradeDate": at, "type": KIND, "status": "VALID",
        "subAccount": "CASH", "accountNumber": number_of(account.number), "description": row.words,
        "netAmount": row.amount_number(false),
        "transferItems": [{"instrument": {"assetType": "CURRENCY", "symbol": "CURRENCY_USD", "instrumentId": 1},
            "amount": number(row.amount), "cost": 0, "price": 0}]})
}

/// At most a year, both ends included, of the types that are named.
fn transactions(account: &BankAccount, request: &Request) -> Option<Value> {
    let instant = |name| request.parameter(name).and_then(Timestamp::parse);
    let (start, end) = (instant("startDate")?, instant("endDate")?);
    let types = request.parameter("types")?;
    if end < start || end.since(start) > TimeDelta::days(365) {
        return None;
    }
    let named = types.split(',').any(|kind| kind == KIND);
    let within = |row: &&BankRow| named && (start..=end).contains(&row.instant(BEHIND));
    Some(account.rows.iter().filter(within).map(|row| transaction(row, account)).collect())
}

impl BankUnderTest for Schwab {
    fn declares(&self) -> Declared {
        Declared {
            paging: Paging::Days(364),
            pending: false,
            only_currency: Some(Currency::USD),
            most_accounts: 100,
            at_once: 1,
        }
    }

    fn most_requests(&self, accounts: usize) -> usize {
        3 + 2 * accounts
    }

    fn provider(&self, place: &Place) -> Arc<dyn Provider> {
        let options = SchwabOptions {
            base_url: place.url.clone(),
            app_key: "app-key".to_owned(),
            app_secret: SecretText::new(SECRET),
            redirect_uri: "https://127.0.0.1:8182".to_owned(),
            // The suite is in a hurry; the budget has tests of its own.
            budget: BudgetOptions { per_minute: 60_000, ..SchwabOptions::BUDGET },
        };
        Arc::new(SchwabProvider::new(options, place.http.clone(), Arc::clone(&place.clock)).unwrap())
    }

    fn credentials(&self, _bank: &Bank, _place: &Place) -> Credentials {
        Credentials {
            refresh_token: Some(SecretText::new(REFRESH)),
            ..Credentials::bearer(SecretText::new(ACCESS))
        }
    }

    fn secrets(&self) -> Vec<String> {
        let mut secrets = [SECRET, ACCESS, REFRESH].map(str::to_owned).to_vec();
        secrets.extend([1, 2].map(number_of));
        secrets
    }

    fn account_id(&self, account: &BankAccount) -> String {
        hash(account)
    }

    fn row_id(&self, row: &BankRow) -> String {
        row.number.to_string()
    }

    fn answer(&self, bank: &Bank, request: &Request) -> Reply {
        if request.header("authorization") != Some(format!("Bearer {ACCESS}").as_str()) {
            return self.refuses(Refusal::Unauthorized, request);
        }
        let Some(below) = request.path.strip_prefix("/trader/v1/") else { return Reply::new(404, "{}") };
        let parts: Vec<&str> = below.split('/').collect();
        let find = |id: &str| bank.accounts.iter().find(|account| hash(account) == id);
        match parts.as_slice() {
            ["userPreference"] => Reply::json(&json!({"accounts": []})),
            ["accounts"] => Reply::json(&bank.accounts.iter().map(entry).collect::<Value>()),
            ["accounts", "accountNumbers"] => {
                let pair = |account: &BankAccount| json!({"accountNumber": number_of(account.number), "hashValue": hash(account)});
                Reply::json(&bank.accounts.iter().map(pair).collect::<Value>())
            }
            ["accounts", id] => {
                find(id).map_or(Reply::new(404, "{}"), |account| Reply::json(&entry(account)))
            }
            ["accounts", id, "transactions"] => {
                match find(id).map(|account| transactions(account, request)) {
                    Some(Some(rows)) => Reply::json(&rows),
                    Some(None) => Reply::new(400, r#"{"message": "invalid range", "errors": []}"#),
                    None => Reply::new(404, "{}"),
                }
            }
            _ => Reply::new(404, "{}"),
        }
    }

    fn refuses(&self, refusal: Refusal, _request: &Request) -> Reply {
        match refusal {
            Refusal::Unauthorized => {
                Reply::new(401, r#"{"errors": [{"status": 401, "detail": "Client not authorized"}]}"#)
            }
            Refusal::GrantEnded => Reply::new(400, r#"{"error": "invalid_grant"}"#),
        }
    }
}

provider_conformance!(
    Schwab,
    not_applicable: [
        "currencies_are_those_of_the_bank",
        "pending_transactions_are_told_as_such",
        "empty_pages_do_not_end_a_listing",
        "pages_that_lead_nowhere_end",
        "a_claim_says_what_to_do",
    ]
);
