//! The suite of adapters finds what it is there for: one without a flaw passes, and each flaw is caught by its case.

#![cfg(feature = "conformance")]
#![allow(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

mod adapter;

use std::sync::Arc;

use dashtam_domain::{
    connections::{Credentials, Provider},
    secret::SecretText,
    time::Day,
};
use dashtam_provider_kit::conformance::{
    Bank, BankAccount, BankRow, BankUnderTest, Declared, Paging, Place, Refusal, Reply, Request, Verdict,
    cases, judge, known,
};
use serde_json::{Value, json};

use adapter::{Flaw, Ledger};

const KEY: &str = "key-5c1d";

/// The bank of an adapter with this flaw.
struct With(Flaw);

fn rows(bank: &Bank, account: &BankAccount, request: &Request) -> Option<Value> {
    let day = |name| request.parameter(name).and_then(Day::parse);
    let (from, to) = (day("from")?, day("to")?);
    let inside: Vec<&BankRow> = account.rows.iter().filter(|row| (from..=to).contains(&row.day)).collect();
    let (shown, next) = bank.page(&inside, request.parameter("cursor"));
    let row = |row: &BankRow| {
        json!({"id": row.number, "day": row.day.to_string(), "at": row.instant(5).to_string(),
            "amount": row.amount_text(), "currency": account.currency.as_str(), "words": row.words,
            "pending": row.pending})
    };
    Some(json!({"rows": shown.into_iter().map(row).collect::<Value>(), "next": next}))
}

impl BankUnderTest for With {
    fn declares(&self) -> Declared {
        let paging = if self.0 == Flaw::DeclaresOneAnswer { Paging::Whole } else { Paging::Cursor };
        Declared { paging, pending: true, only_currency: None, most_accounts: 9, at_once: 1 }
    }

    fn most_requests(&self, accounts: usize) -> usize {
        1 + accounts
    }

    fn provider(&self, place: &Place) -> Arc<dyn Provider> {
        Arc::new(Ledger::new(place.url.clone(), place.http.clone(), self.0))
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
        if request.header("authorization") != Some(format!("Bearer {KEY}").as_str()) {
            return self.refuses(Refusal::Unauthorized, request);
        }
        let account = |account: &BankAccount| {
            json!({"id": account.number, "name": "Book", "currency": account.currency.as_str(),
                "balance": account.balance.to_string()})
        };
        let named = request.parameter("account").unwrap_or_default();
        let of = bank.accounts.iter().find(|account| account.number.to_string() == named);
        match (request.path.as_str(), of) {
            ("/accounts", _) => {
                let accounts: Value = bank.accounts.iter().map(account).collect();
                Reply::json(&json!({"accounts": accounts}))
            }
            ("/rows", Some(of)) => {
                rows(bank, of, request).map_or(Reply::new(422, "{}"), |rows| Reply::json(&rows))
            }
            _ => Reply::new(404, "{}"),
        }
    }

    fn refuses(&self, _refusal: Refusal, _request: &Request) -> Reply {
        Reply::new(401, "{}")
    }
}

mod flawless {
    use super::{Flaw, With};

    dashtam_provider_kit::provider_conformance!(
        With(Flaw::None),
        not_applicable: [
            "positions_are_those_of_the_bank",
            "an_authorization_address_tells_no_secret",
            "a_passing_failure_ends_no_grant",
        ]
    );
}

/// One test of each flaw: the case that catches it, and what that says.
macro_rules! catches {
    ($($name:ident: $flaw:ident, $case:ident, $said:tt;)+) => {$(
        #[tokio::test]
        #[should_panic(expected = $said)]
        async fn $name() {
            judge(stringify!($case), cases::$case(Arc::new(With(Flaw::$flaw))).await, &[]);
        }
    )+};
}

catches! {
    what_is_not_there_is_not_offered:
        OffersWhatItHasNot, the_catalogue_tells_what_is_offered, "in the catalogue";
    requests_are_counted: AsksAgainAndAgain, requests_are_few, "asks 7 times and not 2";
    lost_rows_are_missed: LosesRows, transactions_are_those_of_the_bank, "told, and of the bank";
    a_turned_sign_is_seen: TurnsSigns, transactions_are_those_of_the_bank, "told, and of the bank";
    a_currency_is_not_taken_for_granted:
        TakesAllForDollars, currencies_are_those_of_the_bank, "the currency of the account 1";
    a_shifted_day_is_seen: TakesDaysOfUtc, days_are_those_of_the_bank, "told, and of the bank";
    what_is_pending_is_not_booked:
        TakesPendingForBooked, pending_transactions_are_told_as_such, "told, and of the bank";
    ids_stay: MakesIdsAnew, what_is_read_twice_is_the_same, "read twice by the same adapter";
    what_is_read_again_stays:
        ReadsDifferently, what_was_kept_is_read_as_it_was_told, "a transaction, read again";
    one_row_is_not_the_end: FailsForOneRow, one_unreadable_row_costs_no_other, "a good bank is not read";
    a_refused_row_is_told: DropsUnreadableRows, one_unreadable_row_costs_no_other, "one row is refused";
    a_reason_has_no_value: TellsValues, one_unreadable_row_costs_no_other, "a value of a row is repeated";
    days_before_are_not_told: IgnoresTheWindow, the_window_is_kept_to, "told, and of the days";
    one_page_is_not_all: ReadsOnePage, no_row_is_lost_between_pages, "told, and of the bank";
    an_empty_page_is_not_the_end:
        StopsAtEmptyPages, empty_pages_do_not_end_a_listing, "told, and of the bank";
    a_page_behind_itself_is_seen:
        ReadsForEver, pages_that_lead_nowhere_end, "a page names itself as the one behind it";
    pages_are_not_declared_away:
        DeclaresOneAnswer, no_row_is_lost_between_pages, "one answer is declared to have everything";
    a_refusal_is_no_outage:
        TakesRefusalForOutage, refused_credentials_ask_for_what_helps, "does not say what to do";
    a_wait_is_handed_on: ForgetsTheWait, a_told_wait_is_handed_on_and_kept, "does not say what to do";
    a_limit_is_kept_to: Hammers, a_limit_without_a_wait_is_not_hammered, "are enough";
    an_outage_is_not_nothing: TakesOutageForNothing, outages_pass, "it is read as if nothing were";
    half_an_answer_is_not_nothing:
        TakesAnythingForNothing, unreadable_answers_are_no_data, "it is read as if nothing were";
    words_are_not_repeated: RepeatsWords, redirects_lead_nowhere, "the bank's own words are repeated";
    a_claim_is_proved: BelievesWhatIsPasted, a_claim_says_what_to_do, "a claim is proved at the bank";
    a_token_is_not_told: TellsTheToken, redirects_lead_nowhere, "the secret key-5c1d is told";
    a_bank_that_fails_opens_nothing:
        SendsSomewhere, an_authorization_address_tells_no_secret, "a browser is sent somewhere";
    nothing_is_refreshed_by_nothing:
        RefreshesByNothing, an_ended_grant_asks_for_a_new_link, "there is nothing to ask with";
}

#[test]
#[should_panic(expected = "does not apply to this adapter")]
fn a_case_that_does_not_apply_is_named() {
    judge("a_case", Verdict::NotApplicable("it has none"), &["another"]);
}

#[test]
#[should_panic(expected = "take it off the list")]
fn a_case_that_applies_is_not_left_out() {
    judge("a_case", Verdict::Held, &["a_case"]);
}

#[test]
#[should_panic(expected = "there is no case")]
fn a_name_of_no_case_is_seen() {
    known(&["a_cas"], &["a_case"]);
}
