//! The clocks of the change feed, and what is remembered of rows that are deleted.

use dashtam_domain::{id::UserId, ledger::ChangeKind, record::Record, store::StoreError};
use uuid::Uuid;

use crate::{
    cells::{Cells, Entry, FromRow},
    unit_of_work::SeaUnitOfWork,
};

const NEXT: &str = "INSERT INTO user_clocks (user_id, seq) VALUES ($1, 1) \
    ON CONFLICT (user_id) DO UPDATE SET seq = user_clocks.seq + 1 RETURNING seq";

/// A number of a clock.
struct Number(i64);

impl FromRow for Number {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        Entry::new(row, Record::UserClock, 0).get(0).map(Self)
    }
}

/// The numbers of a unit's changes, by owner.
pub(crate) struct Numbers(Vec<(UserId, i64)>);

impl Numbers {
    /// The owner's; 0 for somebody who was not asked for.
    pub(crate) fn of(&self, owner: UserId) -> i64 {
        self.0.iter().find(|(of, _)| *of == owner).map_or(0, |(_, seq)| *seq)
    }
}

impl SeaUnitOfWork {
    /// The number of this unit's changes to the owner's ledger. The clock is held until the unit ends, so that it has
    /// to be asked before the first row that other units of the same owner write is locked.
    pub(crate) async fn change_number(&mut self, owner: UserId) -> Result<i64, StoreError> {
        if let Some((_, seq)) = self.change_numbers.iter().find(|(of, _)| *of == owner) {
            return Ok(*seq);
        }
        let next = self.statement(NEXT, NEXT, vec![owner.0.into()]);
        let Some(Number(seq)) = self.rows_raw(next).await?.pop() else { return self.fail(StoreError::Stale) };
        self.change_numbers.push((owner, seq));
        Ok(seq)
    }

    /// The same for each of these owners.
    pub(crate) async fn stamp_each(
        &mut self,
        owners: impl Iterator<Item = UserId>,
    ) -> Result<Numbers, StoreError> {
        let mut owners: Vec<UserId> = owners.collect();
        // Everybody asks in the same order, so that nobody waits in a circle.
        owners.sort_unstable();
        owners.dedup();
        let mut numbers = Numbers(Vec::with_capacity(owners.len()));
        for owner in owners {
            numbers.0.push((owner, self.change_number(owner).await?));
        }
        Ok(numbers)
    }

    /// Remembers that these rows are deleted.
    pub(crate) async fn note_removals(
        &mut self,
        owner: UserId,
        kind: ChangeKind,
        ids: &[Uuid],
    ) -> Result<(), StoreError> {
        if ids.is_empty() {
            return Ok(());
        }
        let seq = self.change_number(owner).await?;
        for chunk in ids.chunks(Self::chunk(4)) {
            let mut sql = "INSERT INTO removals (user_id, kind, seq, id) VALUES ".to_owned();
            let mut values = vec![owner.0.into(), kind.as_str().into(), seq.into()];
            for (at, id) in chunk.iter().enumerate() {
                let comma = if at == 0 { "" } else { ", " };
                sql += &format!("{comma}($1, $2, $3, ${})", at + 4);
                values.push((*id).into());
            }
            self.execute_raw(self.statement(&sql, &sql, values)).await?;
        }
        Ok(())
    }
}
