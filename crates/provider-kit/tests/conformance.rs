//! The small provider of the guide passes what every adapter has to pass.

#![cfg(feature = "conformance")]
#![allow(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

#[allow(unreachable_pub, reason = "it is written as a crate of its own")]
#[path = "../examples/small_provider.rs"]
mod small_provider;

use std::sync::Arc;

use dashtam_domain::{
    connections::{Credentials, Provider},
    secret::SecretText,
};
use dashtam_provider_kit::{
    conformance::{
        Bank, BankAccount, BankRow, BankUnderTest, Declared, Paging, Place, Refusal, Reply, Request,
    },
    provider_conformance,
};
use serde_json::{Value, json};

use small_provider::PiggyProvider;

const KEY: &str = "oink-5c1d";

struct Piggy;

impl BankUnderTest for Piggy {
    fn declares(&self) -> Declared {
        Declared {
            paging: Paging::Whole,
            pending: false,
            only_currency: None,
            most_accounts: 100,
            at_once: 1,
        }
    }

    fn most_requests(&self, _accounts: usize) -> usize {
        1
    }

    fn provider(&self, place: &Place) -> Arc<dyn Provider> {
        Arc::new(PiggyProvider::new(place.url.clone(), place.http.clone()).unwrap())
    }

    fn credentials(&self, _bank: &Bank, _place: &Place) -> Credentials {
        Credentials::bearer(SecretText::new(KEY))
    }

    fn pasted(&self, _place: &Place) -> Vec<SecretText> {
        vec![SecretText::new(KEY)]
    }

    fn secrets(&self) -> Vec<String> {
        vec![KEY.to_owned()]
    }

    fn account_id(&self, account: &BankAccount) -> String {
        account.number.to_string()
    }

    fn row_id(&self, row: &BankRow) -> String {
        row.number.to_string()
    }

    fn answer(&self, bank: &Bank, request: &Request) -> Reply {
        let bearer = format!("Bearer {KEY}");
        match (request.path.as_str(), request.header("authorization")) {
            ("/accounts", Some(key)) if key == bearer => {
                let account = |account: &BankAccount| {
                    json!({"id": account.number, "name": "Coins", "currency": account.currency.as_str(),
                        "balance": account.balance.to_string()})
                };
                Reply::json(&bank.accounts.iter().map(account).collect::<Value>())
            }
            ("/accounts", _) => self.refuses(Refusal::Unauthorized, request),
            _ => Reply::new(404, "{}"),
        }
    }

    fn refuses(&self, _refusal: Refusal, _request: &Request) -> Reply {
        Reply::new(401, "{}")
    }
}

provider_conformance!(
    Piggy,
    not_applicable: [
        "transactions_are_those_of_the_bank",
        "days_are_those_of_the_bank",
        "pending_transactions_are_told_as_such",
        "positions_are_those_of_the_bank",
        "what_was_kept_is_read_as_it_was_told",
        "one_unreadable_row_costs_no_other",
        "the_window_is_kept_to",
        "windows_that_overlap_agree",
        "no_row_is_lost_between_pages",
        "empty_pages_do_not_end_a_listing",
        "pages_that_lead_nowhere_end",
        "an_authorization_address_tells_no_secret",
        "a_passing_failure_ends_no_grant",
    ]
);
