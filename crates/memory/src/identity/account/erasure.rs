//! [`ErasureRepository`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    id::UserId, identity::ErasureRepository, ledger::ExportJob, store::StoreError, time::Timestamp,
};

use crate::{
    mark::Mark,
    rows::{Answer, StoredUser},
    table::{Row, Table},
    tables::Tables,
    unit::Unit,
};

/// Up to so many keys of what is the user's.
fn mine<R: Row>(table: &Table<R>, user: UserId, limit: u32) -> Vec<R::Key> {
    table.marked(&Mark::Owner(user)).take(limit as usize).map(Row::key).collect()
}

/// Removes up to so many rows of what is the user's.
fn erase<R: Row>(table: &mut Table<R>, user: UserId, limit: u32) -> u64 {
    let keys = mine(table, user, limit);
    keys.iter().filter_map(|key| table.remove(key, |_| true)).count() as u64
}

fn erase_rows(tables: &mut Tables, user: UserId, limit: u32) -> u64 {
    /// Of a user's rows of one sort up to so many.
    type Erase = fn(&mut Tables, UserId, u32) -> u64;
    let each: [Erase; 14] = [
        |tables, user, limit| erase(&mut tables.sync_runs, user, limit),
        |tables, user, limit| erase(&mut tables.told_rows, user, limit),
        |tables, user, limit| erase(&mut tables.told_balances, user, limit),
        |tables, user, limit| erase(&mut tables.told_accounts, user, limit),
        |tables, user, limit| erase(&mut tables.decisions, user, limit),
        |tables, user, limit| erase(&mut tables.transactions, user, limit),
        |tables, user, limit| erase(&mut tables.balances, user, limit),
        |tables, user, limit| erase(&mut tables.holdings, user, limit),
        |tables, user, limit| erase(&mut tables.snapshots, user, limit),
        |tables, user, limit| erase(&mut tables.imports, user, limit),
        |tables, user, limit| {
            let sessions = mine(&tables.sessions, user, limit);
            sessions.iter().for_each(|session| tables.remove_session(*session));
            sessions.len() as u64
        },
        |tables, user, limit| erase(&mut tables.live_events, user, limit),
        |tables, user, limit| erase(&mut tables.webhook_deliveries, user, limit),
        |tables, user, limit| erase(&mut tables.export_chunks, user, limit.min(ExportJob::CHUNKS_AT_ONCE)),
    ];
    each.iter().map(|erase| erase(tables, user, limit)).find(|erased| *erased > 0).unwrap_or(0)
}

#[async_trait]
impl ErasureRepository for Unit {
    async fn claim_due(&mut self, now: Timestamp, until: Timestamp) -> Result<Option<UserId>, StoreError> {
        // Nobody holds an account for so long: that was a clock that was ahead.
        let longest = until.plus(until.since(now)).plus(Timestamp::SKEW);
        let held = |until: Timestamp| until >= now && until <= longest;
        let due = |row: &&StoredUser| {
            row.user.deletion_due_at.is_some_and(|due| due < now) && !row.erasing_until.is_some_and(held)
        };
        self.run(|tables| {
            let due = tables.users.marked(&Mark::GivenUp).filter(due);
            let first = due.min_by_key(|row| (row.user.deletion_due_at, row.user.id)).map(|row| row.user.id);
            if let Some(id) = first {
                tables.users.change(&id, |_| true, |row| row.erasing_until = Some(until));
            }
            Ok(first)
        })
    }

    async fn erase_rows(&mut self, user: UserId, limit: u32) -> Result<u64, StoreError> {
        self.run(|tables| Ok(erase_rows(tables, user, limit)))
    }

    async fn erase_user(&mut self, user: UserId, now: Timestamp) -> Result<bool, StoreError> {
        self.run(|tables| {
            let scope = format!("user:{user}");
            tables.answers.remove_where(u32::MAX, |answer: &Answer| answer.scope == scope);
            let due = |row: &StoredUser| row.user.deletion_due_at.is_some_and(|due| due < now);
            if !tables.users.get(&user).is_some_and(due) {
                return Ok(false);
            }
            tables.remove_user(user).map(|()| true)
        })
    }
}
