//! Reading side: constant statements, written once for both engines, decoded by column index.
//!
//! Every list is one range of an index that begins with the owner and continues where the last page ended, so the
//! last page costs what the first one costs, however many rows there are.

mod archive;
mod connections;
mod delivery;
mod identity;
mod keystore;
mod ledger;
mod sealed;
mod second_factors;
mod sessions;
mod trail;
mod users;

pub(crate) use identity::SESSION;
pub(crate) use sessions::HELD_KEYS;

use dashtam_domain::page::Limit;

use crate::pool::{Arg, Pool};

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
    Arg::Count(limit.get() as i64 + 1)
}
