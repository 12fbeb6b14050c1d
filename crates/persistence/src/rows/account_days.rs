//! Table `account_days`, which has no entity: rows are read as [`LedgerQueries::day_sums`] selects them.
//!
//! [`LedgerQueries::day_sums`]: dashtam_domain::ledger::LedgerQueries::day_sums

use dashtam_domain::{ledger::DaySum, money::Currency, record::Record, store::StoreError};

use crate::cells::{Cells, Entry, FromRow};

impl FromRow for (Currency, DaySum) {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        let entry = Entry::new(row, Record::AccountDay, 0);
        let sum = DaySum { day: entry.day(1)?, sum: entry.decimal(2)?, count: entry.get(3)? };
        Ok((entry.parse(0, str::parse)?, sum))
    }
}
