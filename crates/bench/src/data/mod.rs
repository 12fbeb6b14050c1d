//! Data to measure with: made up by counting, so that every run has the same.

mod institution;
mod ledger;
mod mailed;
mod people;
mod sessions;
mod statement;
mod worth;

pub(crate) use institution::{Bank, Newest, connect, listing};
pub(crate) use ledger::{fill_ledger, transaction};
pub(crate) use mailed::{add_people, add_tokens, address};
pub(crate) use people::{Person, add_person, text};
pub(crate) use sessions::add_sessions;
pub(crate) use statement::{statement_file, table_file};
pub(crate) use worth::{FIRST_DAY, WORTH_ACCOUNTS, fill_worth};
