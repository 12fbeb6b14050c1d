//! Reading side: constant statements, written once for both engines, decoded by column index.
//!
//! Every list is one range of an index that begins with the owner and continues where the last page ended, so the
//! last page costs what the first one costs, however many rows there are.

mod archive;
mod categories;
mod changes;
mod connections;
mod decisions;
mod delivery;
mod exports;
mod holding_days;
mod kept;
mod keystore;
mod ledger;
mod live;
mod narrowed;
mod notifications;
mod payees;
mod portfolio;
mod recurring;
mod rules;
mod saved_layouts;
mod saved_views;
mod sealed;
mod second_factors;
mod securities;
mod sessions;
mod sign_in;
mod stored_rows;
mod tags;
mod trail;
mod transactions;
mod transfers;
mod users;
mod webhooks;
mod worth;

pub(crate) use holding_days::snapshot_of;
pub(crate) use ledger::LAST_DAY;
pub(crate) use sessions::{HELD_KEYS, SESSION};

use dashtam_domain::page::Limit;

use crate::pool::{Arg, Pool};

/// A statement that reads one table through one index. SQLite is told which: without statistics of the tables it takes the
/// narrowest index that begins with the owner, and reads a whole history for the rows of one account. Postgres has no
/// word for it and needs none.
struct Guided {
    sqlite: String,
    postgres: String,
}

impl Guided {
    /// The statement, from a function that is given what follows the table.
    fn by(index: &str, statement: impl Fn(&str) -> String) -> Self {
        Self { sqlite: statement(&format!(" INDEXED BY {index}")), postgres: statement("") }
    }

    /// The words for this engine.
    fn of(&self, pool: &Pool) -> &str {
        match pool {
            Pool::Sqlite(_) => &self.sqlite,
            Pool::Postgres(_) => &self.postgres,
        }
    }
}

/// The reading side.
#[derive(Debug)]
pub(crate) struct SqlQueries {
    pool: Pool,
}

impl SqlQueries {
    pub(crate) fn new(pool: Pool) -> Self {
        Self { pool }
    }
}

/// One row more than the page holds, to learn whether there is another page.
fn count(limit: Limit) -> Arg<'static> {
    Arg::Rows(limit.get() as i64 + 1)
}
