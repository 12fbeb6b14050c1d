//! [`BalanceRepository`] and [`HoldingRepository`] on the unit of work.

use std::collections::HashSet;

use async_trait::async_trait;
use dashtam_domain::{
    id::{AccountId, UserId},
    ledger::{BalancePoint, BalanceRepository, BalanceSource, ChangeKind, Holding, HoldingRepository},
    store::StoreError,
    time::{Day, Timestamp},
};

use crate::{followed::Followed, mark::Mark, tables::Tables, unit::Unit};

/// Removes what an earlier synchronisation recorded by a clock that was ahead: it would pass for the latest until then.
fn drop_misdated(tables: &mut Tables, points: &[BalancePoint]) {
    let is_sync = |point: &&BalancePoint| point.source == BalanceSource::Sync;
    let mut seen = HashSet::new();
    // Of several of one account the last tells the time.
    for point in points.iter().rev().filter(is_sync).filter(|point| seen.insert(point.account)) {
        let ahead = point.created_at.plus(Timestamp::SKEW);
        let misdated = tables.balances.remove_marked(&Mark::Account(point.account), |stored| {
            stored.owner == point.owner
                && stored.source == BalanceSource::Sync
                && stored.as_of > ahead
                && stored.created_at > ahead
        });
        tables.note_removals(point.owner, ChangeKind::Balance, misdated.iter().map(|stored| stored.id.0));
    }
}

#[async_trait]
impl BalanceRepository for Unit {
    async fn record(&mut self, points: &[BalancePoint]) -> Result<(), StoreError> {
        self.run(|tables| {
            drop_misdated(tables, points);
            for point in points {
                tables.needs_account(point.owner, point.account)?;
                let place = Mark::Point(point.account, point.source.as_str(), point.as_of);
                let stored = tables.balances.first(&place).map(|stored| stored.id);
                let seq = tables.change_number(point.owner);
                match stored {
                    Some(id) => tables.balances.write(BalancePoint { id, ..point.clone() }, seq),
                    None => tables.balances.add(Followed { row: point.clone(), seq, born: seq })?,
                }
            }
            Ok(())
        })
    }
    async fn remove(
        &mut self,
        owner: UserId,
        account: AccountId,
        source: BalanceSource,
        as_of: &[Timestamp],
    ) -> Result<u64, StoreError> {
        self.run(|tables| {
            let removed = tables.balances.remove_marked(&Mark::Account(account), |point| {
                point.owner == owner && point.source == source && as_of.contains(&point.as_of)
            });
            tables.note_removals(owner, ChangeKind::Balance, removed.iter().map(|point| point.id.0));
            Ok(removed.len() as u64)
        })
    }

    async fn latest(
        &mut self,
        owner: UserId,
        account: AccountId,
    ) -> Result<Option<BalancePoint>, StoreError> {
        self.run(|tables| {
            let told = |point: &BalancePoint| point.owner == owner && point.source != BalanceSource::User;
            let points = tables.balances.marked(&Mark::Account(account)).filter(|point| told(&point.row));
            // Of two of one instant, what a synchronisation told.
            let last = points.max_by_key(|point| (point.as_of, point.source == BalanceSource::Sync));
            Ok(last.map(|point| point.row.clone()))
        })
    }

    async fn check_days(
        &mut self,
        owner: UserId,
        _account: AccountId,
        _repair: bool,
    ) -> Result<Vec<Day>, StoreError> {
        self.run(|tables| {
            tables.change_number(owner);
            // Days are added up when they are asked for.
            Ok(Vec::new())
        })
    }
}

/// Adds these positions to the account that was named, whatever they say, or updates them.
fn merge(
    tables: &mut Tables,
    owner: UserId,
    account: AccountId,
    holdings: &[Holding],
) -> Result<(), StoreError> {
    for holding in holdings {
        tables.needs_account(owner, account)?;
        let place = Mark::Position(account, holding.external_id.clone());
        let holding = Holding { owner, account, ..holding.clone() };
        let stored = tables.holdings.first(&place).map(|stored| stored.id);
        let seq = tables.change_number(owner);
        match stored {
            Some(id) => tables.holdings.write(Holding { id, ..holding }, seq),
            None => tables.holdings.add(Followed { row: holding, seq, born: seq })?,
        }
    }
    Ok(())
}

#[async_trait]
impl HoldingRepository for Unit {
    async fn replace(
        &mut self,
        owner: UserId,
        account: AccountId,
        holdings: &[Holding],
    ) -> Result<(), StoreError> {
        let kept: HashSet<&str> = holdings.iter().map(|holding| holding.external_id.as_str()).collect();
        self.run(|tables| {
            let gone = tables.holdings.remove_marked(&Mark::Account(account), |stored| {
                stored.owner == owner && !kept.contains(stored.external_id.as_str())
            });
            tables.note_removals(owner, ChangeKind::Holding, gone.iter().map(|stored| stored.id.0));
            merge(tables, owner, account, holdings)
        })
    }

    async fn merge(
        &mut self,
        owner: UserId,
        account: AccountId,
        holdings: &[Holding],
    ) -> Result<(), StoreError> {
        self.run(|tables| merge(tables, owner, account, holdings))
    }
}
