//! [`TransferRepository`] on the unit of work.

use std::collections::HashSet;

use async_trait::async_trait;
use dashtam_domain::{
    id::{AccountId, DecisionId, ImportId, TransactionId, UserId},
    ledger::{
        Decision, DecisionKind, DecisionState, Transaction, TransactionStatus,
        transfer::{Glance, TransferPlace, TransferRepository, TransferSide},
    },
    page::Limit,
    store::StoreError,
    time::Day,
};

use super::told::others;
use crate::{followed::Followed, mark::Mark, meaning_rows::TransferSearch, tables::Tables, unit::Unit};

/// The owner's transactions that changed behind the place, in the order of their changes.
fn changed(tables: &Tables, owner: UserId) -> Vec<&Followed<Transaction>> {
    let place = tables.transfer_places.get(&owner);
    let is_behind = |row: &&Followed<Transaction>| {
        place.is_none_or(|place| match place.row {
            None => row.seq > place.seq,
            Some(last) => (row.seq, row.id) > (place.seq, last),
        })
    };
    let mut found: Vec<_> = tables.transactions.marked(&Mark::Owner(owner)).filter(is_behind).collect();
    found.sort_unstable_by_key(|row| (row.seq, row.id));
    found
}

fn is_open(decision: &Decision) -> bool {
    let is_open = matches!(decision.state, DecisionState::Suggested | DecisionState::Applied);
    is_open && decision.kind == DecisionKind::Transfer
}

#[async_trait]
impl TransferRepository for Unit {
    async fn waits(&mut self, owner: UserId) -> Result<bool, StoreError> {
        self.run(|tables| Ok(!changed(tables, owner).is_empty()))
    }

    async fn changed(
        &mut self,
        owner: UserId,
        most: usize,
    ) -> Result<(Vec<Glance>, Option<TransferPlace>), StoreError> {
        self.run(|tables| {
            tables.change_number(owner);
            let mut rows = changed(tables, owner);
            let has_more = rows.len() > most;
            rows.truncate(most);
            let last = rows.last().filter(|_| has_more);
            let place = last.map(|last| TransferPlace::Row(last.seq, last.id));
            Ok((rows.into_iter().map(|row| Glance::from(&row.row)).collect(), place))
        })
    }

    async fn looked_through(&mut self, owner: UserId, place: TransferPlace) -> Result<(), StoreError> {
        self.run(|tables| {
            let (seq, row) = match place {
                TransferPlace::Row(seq, row) => (seq, Some(row)),
                TransferPlace::Now => (tables.change_number(owner), None),
            };
            tables.transfer_places.put(TransferSearch { owner, seq, row });
            Ok(())
        })
    }

    async fn open_on(
        &mut self,
        owner: UserId,
        side: TransferSide,
        days: &[Day],
    ) -> Result<Vec<Glance>, StoreError> {
        let days: HashSet<&Day> = days.iter().collect();
        self.run(|tables| {
            let mine = tables.transactions.marked(&Mark::Owner(owner)).map(|row| Glance::from(&row.row));
            let open = mine.filter(|row| days.contains(&row.day) && row.transfer.is_none());
            let open = open.filter(|row| row.status != TransactionStatus::Removed && row.side() == side);
            Ok(open.collect())
        })
    }

    async fn about(
        &mut self,
        owner: UserId,
        transactions: &[TransactionId],
    ) -> Result<Vec<Decision>, StoreError> {
        self.run(|tables| {
            let about = transactions.iter().flat_map(|id| tables.decisions.marked(&Mark::About(*id)));
            let transfers = about.filter(|decision| decision.owner == owner);
            let transfers = transfers.filter(|decision| decision.kind == DecisionKind::Transfer);
            let mut found: Vec<Decision> = transfers.map(|decision| decision.row.clone()).collect();
            found.sort_unstable_by_key(|decision| decision.id);
            found.dedup_by_key(|decision| decision.id);
            Ok(found)
        })
    }

    async fn of_account(
        &mut self,
        owner: UserId,
        account: AccountId,
        limit: Limit,
    ) -> Result<Vec<Decision>, StoreError> {
        self.run(|tables| {
            let mine = tables.decisions.marked(&Mark::Owner(owner)).filter(|decision| is_open(decision));
            let found = mine
                .filter(|decision| decision.account == account || decision.other_account == Some(account));
            Ok(found.take(limit.get()).map(|decision| decision.row.clone()).collect())
        })
    }

    async fn of_import(
        &mut self,
        owner: UserId,
        import: ImportId,
        limit: Limit,
    ) -> Result<Vec<Decision>, StoreError> {
        self.run(|tables| {
            let brought = tables.transactions.marked(&Mark::Import(import)).filter(|row| row.owner == owner);
            let brought = brought
                .filter(|row| row.seen_in.is_none() && others(tables, import, row.id).next().is_none());
            let mut ids: Vec<DecisionId> =
                brought.filter_map(|row| row.transfer).map(|link| link.id).collect();
            ids.sort_unstable();
            ids.dedup();
            let found = ids.iter().filter_map(|id| tables.decisions.get(id));
            let applied = found.filter(|decision| decision.state == DecisionState::Applied);
            Ok(applied.take(limit.get()).map(|decision| decision.row.clone()).collect())
        })
    }

    async fn write(&mut self, transactions: &[Transaction]) -> Result<(), StoreError> {
        self.run(|tables| {
            for row in transactions {
                let stored = tables.transactions.get(&row.id).filter(|stored| stored.owner == row.owner);
                let Some(stored) = stored else { return Err(StoreError::Stale) };
                let (transfer, updated_at) = (row.transfer, row.updated_at);
                let linked = Transaction { transfer, updated_at, ..stored.row.clone() };
                let seq = tables.change_number(row.owner);
                tables.transactions.write(linked, seq);
            }
            Ok(())
        })
    }
}
