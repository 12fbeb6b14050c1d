//! The rows around those that changed, each day of each side read once.

use std::collections::{BTreeSet, HashMap, HashSet};

use dashtam_domain::{
    id::{TransactionId, UserId},
    ledger::transfer::{Glance, TRANSFER_DAYS, TransferSide},
    store::{StoreError, UnitOfWork},
    time::Day,
};

/// What was read of open rows, in one unit of work that has the owner's transactions for itself.
#[derive(Debug, Default)]
pub(super) struct Near {
    rows: HashMap<TransactionId, Glance>,
    read: HashSet<(TransferSide, Day)>,
}

impl Near {
    /// Begins with rows that were read by themselves.
    pub(super) fn of<'g>(rows: impl IntoIterator<Item = &'g Glance>) -> Self {
        let rows = rows.into_iter().map(|row| (row.id, *row)).collect();
        Self { rows, read: HashSet::new() }
    }

    /// One of them.
    pub(super) fn get(&self, id: TransactionId) -> Option<&Glance> {
        self.rows.get(&id)
    }

    /// All of them, in no particular order.
    pub(super) fn rows(&self) -> impl Iterator<Item = &Glance> {
        self.rows.values()
    }

    /// Reads the rows that could be the other side of any of these, but for the days of which that side was read before.
    pub(super) async fn read_around(
        &mut self,
        work: &mut dyn UnitOfWork,
        owner: UserId,
        around: &[Glance],
    ) -> Result<(), StoreError> {
        for side in [TransferSide::From, TransferSide::To] {
            let of_other = around.iter().filter(|row| row.side() != side);
            let mut days = days_around(of_other);
            days.retain(|day| self.read.insert((side, *day)));
            if days.is_empty() {
                continue;
            }
            let found = work.transfers().open_on(owner, side, &days).await?;
            self.rows.extend(found.into_iter().map(|row| (row.id, row)));
        }
        Ok(())
    }
}

/// The days on which the other side of any of these could be, in their order.
fn days_around<'g>(rows: impl Iterator<Item = &'g Glance>) -> Vec<Day> {
    let around = |row: &Glance| {
        let day = row.day;
        (-TRANSFER_DAYS..=TRANSFER_DAYS).map(move |apart| day.plus_days(apart))
    };
    let days: BTreeSet<Day> = rows.flat_map(around).collect();
    days.into_iter().collect()
}
