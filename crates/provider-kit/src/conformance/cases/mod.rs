//! The cases. Each is a law, and its name says which.

mod failures;
mod laws;
mod linking;
mod listings;
mod offer;

use std::sync::Arc;

use dashtam_domain::{
    connections::{Linking, OAuthLink, PulledTransaction},
    ledger::TransactionStatus,
};

use super::{
    Bank, BankRow, BankUnderTest, Verdict,
    reading::{Reading, Town, bank_of},
};

pub use failures::{
    a_limit_without_a_wait_is_not_hammered, a_told_wait_is_handed_on_and_kept,
    a_wrong_content_type_does_no_harm, an_ended_grant_asks_for_a_new_link, outages_pass,
    redirects_lead_nowhere, refused_credentials_ask_for_what_helps, silence_ends,
    unreadable_answers_are_no_data,
};
pub use laws::{
    a_bank_at_rest_tells_nothing_new, accounts_are_those_of_the_bank, currencies_are_those_of_the_bank,
    days_are_those_of_the_bank, one_unreadable_row_costs_no_other, pending_transactions_are_told_as_such,
    positions_are_those_of_the_bank, transactions_are_those_of_the_bank, what_is_read_twice_is_the_same,
    what_was_kept_is_read_as_it_was_told,
};
pub use linking::{
    a_claim_says_what_to_do, a_passing_failure_ends_no_grant, an_authorization_address_tells_no_secret,
};
pub use listings::{
    empty_pages_do_not_end_a_listing, no_row_is_lost_between_pages, pages_that_lead_nowhere_end,
    the_window_is_kept_to, windows_that_overlap_agree,
};
pub use offer::{requests_are_few, the_catalogue_tells_what_is_offered, the_pace_can_be_kept};

/// The adapter of a case.
type Subject = Arc<dyn BankUnderTest>;

/// That a case does not apply, to an adapter that tells no transactions.
async fn without_transactions(subject: &Subject) -> Option<Verdict> {
    let town = Town::open(subject, bank_of(subject, 1)).await;
    let feeds = town.provider.feeds();
    let none = feeds.transactions.is_none() && feeds.changes.is_none();
    none.then_some(Verdict::NotApplicable("it tells no transactions"))
}

/// The link of an adapter that refreshes. An adapter that is linked by OAuth need not: its grant may be as good as it was from
/// its first day to its last.
fn refreshing(town: &Town) -> Option<&dyn OAuthLink> {
    match town.provider.linking() {
        Linking::OAuth(link) if town.credentials.refresh_token.is_some() => Some(link),
        _ => None,
    }
}

/// What of a transaction a bank and Dashtam both know, in a form that shows well what is wrong.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Shown {
    account: String,
    id: String,
    day: String,
    amount: String,
    currency: String,
    pending: bool,
}

impl Shown {
    fn pulled(account: &str, row: &PulledTransaction) -> Self {
        Self {
            account: account.to_owned(),
            id: row.external_id.clone(),
            day: row.day.to_string(),
            amount: row.amount.normalize().to_string(),
            currency: row.currency.to_string(),
            pending: row.status == TransactionStatus::Pending,
        }
    }
}

/// The transactions that were told, in an order of their own.
fn told(reading: &Reading) -> Vec<Shown> {
    let mut told: Vec<Shown> =
        reading.rows.iter().map(|(account, row)| Shown::pulled(account, row)).collect();
    told.sort();
    told
}

/// Those of the bank that are to be told.
fn expected(subject: &Subject, bank: &Bank, which: impl Fn(&BankRow) -> bool) -> Vec<Shown> {
    let rows = bank.rows().filter(|(_, row)| which(row));
    let mut expected: Vec<Shown> = rows
        .map(|(account, row)| Shown {
            account: subject.account_id(account),
            id: subject.row_id(row),
            day: row.day.to_string(),
            amount: row.amount.normalize().to_string(),
            currency: account.currency.to_string(),
            pending: row.pending,
        })
        .collect();
    expected.sort();
    expected
}
