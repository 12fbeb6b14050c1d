//! What every adapter has to do, whatever its institution is like: one list of cases that each adapter's tests run.
//!
//! The test of an adapter implements [`BankUnderTest`]: how its institution writes the accounts and transactions of a
//! [`Bank`], how it refuses, and how the adapter is made. The suite opens such a bank on a port of this machine, breaks it
//! in every way there is, and looks at what the adapter makes of it. [`provider_conformance!`](crate::provider_conformance)
//! makes one test of each case, so that a failure has the name of its case:
//!
//! ```ignore
//! dashtam_provider_kit::provider_conformance!(Piggy, not_applicable: ["positions_are_those_of_the_bank"]);
//! ```
//!
//! A case that does not apply has to be named. Whether one applies is not for the test to say: it follows from what the
//! adapter offers ([`Provider::feeds`], [`Provider::linking`]) and from the little that is [`Declared`], which is itself
//! compared with what the adapter does. A name that is on the list and whose case applies fails as well.

#![allow(clippy::expect_used, clippy::panic, reason = "test support: a failure here is a failed test")]
#![allow(clippy::print_stdout, reason = "a case that does not apply is told")]

pub mod cases;
mod model;
mod reading;
mod server;

use std::{sync::Arc, time::Duration};

use dashtam_domain::{
    connections::{Credentials, Provider},
    money::Currency,
    secret::SecretText,
    sources::Clock,
};
use url::Url;

pub use model::{Bank, BankAccount, BankPosition, BankRow, MARK, NOW, Pages, now, number, today};
pub use server::{Refusal, Reply, Request};

use crate::Client;

/// Where the adapter under test finds its bank, and what it asks with.
#[derive(Clone)]
pub struct Place {
    /// The address of the bank, on this machine.
    pub url: Url,
    /// The client to ask with. Its bounds are the suite's.
    pub http: Client,
    /// How long one answer may take: the bound of the client, for an adapter that guards it and sets one anew.
    pub patience: Duration,
    /// The clock, which stands at [`NOW`].
    pub clock: Arc<dyn Clock>,
}

/// How an adapter comes by all transactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paging {
    /// Each page of the institution names the next one; [`Bank::page`] says which rows are on it.
    Cursor,
    /// Pages have so many rows, and one that is not full is the last.
    Full(usize),
    /// The adapter asks for one stretch of days after the other, of at most so many days.
    Days(i64),
    /// One answer has everything.
    Whole,
}

/// What cannot be seen from outside of an institution. The suite checks it all the same, as far as the adapter shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Declared {
    /// How transactions come.
    pub paging: Paging,
    /// Whether the institution shows transactions that are not booked yet.
    pub pending: bool,
    /// The currency of everything, at an institution that knows no other.
    pub only_currency: Option<Currency>,
    /// The most accounts of one grant, of which the suite needs no more than two.
    pub most_accounts: usize,
    /// Requests that the adapter has under way at once for one grant: 1 to 4.
    pub at_once: usize,
}

/// An adapter, and the bank that its test plays. What it answers is a function of what the bank has and of the request, as
/// strict as the institution is: a request that the institution would refuse is refused.
pub trait BankUnderTest: Send + Sync + 'static {
    /// What cannot be seen from outside.
    fn declares(&self) -> Declared;
    /// The most requests of a synchronisation of so many accounts that has one page of each listing.
    fn most_requests(&self, accounts: usize) -> usize;
    /// The adapter, which asks at this place. It is made anew for each bank.
    fn provider(&self, place: &Place) -> Arc<dyn Provider>;
    /// Credentials that a bank takes which has this; with a refresh token where the adapter has one to refresh by. Some adapters
    /// keep in them what accounts the grant is about.
    fn credentials(&self, bank: &Bank, place: &Place) -> Credentials;
    /// What a user pastes to link it, in the order of the fields. Only of an adapter that is linked by secrets.
    fn pasted(&self, _place: &Place) -> Vec<SecretText> {
        Vec::new()
    }
    /// What must be told nowhere: keys, tokens, whole account numbers.
    fn secrets(&self) -> Vec<String>;
    /// The id under which the adapter tells this account.
    fn account_id(&self, account: &BankAccount) -> String;
    /// The id under which the adapter tells this transaction.
    fn row_id(&self, row: &BankRow) -> String;
    /// What a bank that has this answers to a request.
    fn answer(&self, bank: &Bank, request: &Request) -> Reply;
    /// How the bank refuses a request.
    fn refuses(&self, refusal: Refusal, request: &Request) -> Reply;
}

/// What came of a case that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Verdict {
    /// The adapter does as it should.
    Held,
    /// The adapter, or its institution, has no such thing.
    NotApplicable(&'static str),
}

/// Compares what came of a case with the names of those that do not apply.
///
/// # Panics
///
/// When a case does not apply and is not named, or is named and applies.
pub fn judge(case: &str, verdict: Verdict, not_applicable: &[&str]) {
    let named = not_applicable.contains(&case);
    match verdict {
        Verdict::Held => {
            assert!(!named, "{case} applies to this adapter, which passes it: take it off the list");
        }
        Verdict::NotApplicable(why) => {
            assert!(named, "{case} does not apply to this adapter: {why}. Name it as not applicable");
            println!("{case} does not apply: {why}");
        }
    }
}

/// Whether every name is one of a case.
///
/// # Panics
///
/// When one is not.
pub fn known(not_applicable: &[&str], cases: &[&str]) {
    for name in not_applicable {
        assert!(cases.contains(name), "there is no case {name}; the cases are {cases:?}");
    }
}

/// One test of each case of the suite, for a [`BankUnderTest`], and the names of the cases that do not apply to it. The
/// crate that uses it needs `tokio` with the feature `macros`.
#[macro_export]
macro_rules! provider_conformance {
    (@each ($bank:expr) ($not_applicable:expr) $($case:ident)+) => {
        $(
            #[tokio::test]
            async fn $case() {
                let verdict = $crate::conformance::cases::$case(::std::sync::Arc::new($bank)).await;
                $crate::conformance::judge(stringify!($case), verdict, &$not_applicable);
            }
        )+

        #[test]
        fn what_does_not_apply_are_cases() {
            $crate::conformance::known(&$not_applicable, &[$(stringify!($case)),+]);
        }
    };
    ($bank:expr, not_applicable: $not_applicable:expr $(,)?) => {
        $crate::provider_conformance! {
            @each ($bank) ($not_applicable)
            the_catalogue_tells_what_is_offered
            the_pace_can_be_kept
            requests_are_few
            accounts_are_those_of_the_bank
            transactions_are_those_of_the_bank
            currencies_are_those_of_the_bank
            days_are_those_of_the_bank
            pending_transactions_are_told_as_such
            positions_are_those_of_the_bank
            a_bank_at_rest_tells_nothing_new
            what_is_read_twice_is_the_same
            what_was_kept_is_read_as_it_was_told
            one_unreadable_row_costs_no_other
            the_window_is_kept_to
            windows_that_overlap_agree
            no_row_is_lost_between_pages
            empty_pages_do_not_end_a_listing
            pages_that_lead_nowhere_end
            refused_credentials_ask_for_what_helps
            an_ended_grant_asks_for_a_new_link
            an_authorization_address_tells_no_secret
            a_claim_says_what_to_do
            a_passing_failure_ends_no_grant
            a_told_wait_is_handed_on_and_kept
            a_limit_without_a_wait_is_not_hammered
            outages_pass
            silence_ends
            unreadable_answers_are_no_data
            a_wrong_content_type_does_no_harm
            redirects_lead_nowhere
        }
    };
}
