//! [`CredentialRepository`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    connections::{CredentialRepository, ExpiryNotice, RefreshRight, SealedCredentials},
    id::{ConnectionId, UserId},
    store::StoreError,
    time::Timestamp,
};

use crate::{mark::Mark, rows::StoredCredentials, tables::Tables, unit::Unit};

/// What was never stored has revision 0 and is stored as revision 1, so that of two first writes one is stale, and
/// credentials that were deleted meanwhile do not come back.
fn put(tables: &mut Tables, credentials: &SealedCredentials) -> Result<(), StoreError> {
    let stored = tables.credentials.get(&credentials.connection).cloned();
    let next = SealedCredentials { revision: credentials.revision + 1, ..credentials.clone() };
    if credentials.revision == 0 {
        if stored.is_some() {
            return Err(StoreError::Stale);
        }
        tables.needs_connection(credentials.owner, credentials.connection)?;
        return tables.credentials.add(StoredCredentials::new(&next));
    }
    let same = |row: &StoredCredentials| {
        row.credentials.owner == credentials.owner && row.credentials.revision == credentials.revision
    };
    let Some(stored) = stored.filter(same) else { return Err(StoreError::Stale) };
    let mut fresh = StoredCredentials::new(&next);
    fresh.credentials.created_at = stored.credentials.created_at;
    // What was told of a grant's end stays told until the end itself is another.
    if next.grant_expires_at.is_some() && next.grant_expires_at == stored.credentials.grant_expires_at {
        fresh.notice_due_at = stored.notice_due_at;
    }
    tables.credentials.put(fresh);
    Ok(())
}

#[async_trait]
impl CredentialRepository for Unit {
    async fn find(&mut self, connection: ConnectionId) -> Result<Option<SealedCredentials>, StoreError> {
        self.run(|tables| Ok(tables.credentials.get(&connection).map(|row| row.credentials.clone())))
    }

    async fn put(&mut self, credentials: &mut SealedCredentials) -> Result<(), StoreError> {
        self.run(|tables| put(tables, credentials))?;
        credentials.revision += 1;
        Ok(())
    }

    async fn claim_refresh(
        &mut self,
        connection: ConnectionId,
        revision: i32,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<RefreshRight>, StoreError> {
        self.run(|tables| {
            let stored = tables.credentials.get(&connection);
            let Some(stored) = stored.filter(|row| row.credentials.revision == revision) else {
                return Ok(None);
            };
            // What is held for longer than anything is was taken by a clock that was ahead.
            let right = match stored.lease_until {
                None => RefreshRight::Free,
                Some(until) if until < now || until > now.plus(SealedCredentials::LONGEST_HOLD) => {
                    RefreshRight::Inherited
                }
                Some(_) => return Ok(None),
            };
            tables.credentials.change(&connection, |_| true, |row| row.lease_until = Some(until));
            Ok(Some(right))
        })
    }

    async fn take_due_refreshes(
        &mut self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<(UserId, ConnectionId)>, StoreError> {
        self.run(|tables| {
            let due = tables.credentials.marked(&Mark::Due);
            let due = due.filter(|row| row.refresh_due_at.is_some_and(|due| due <= now));
            let mut due: Vec<_> = due
                .map(|row| (row.refresh_due_at, row.credentials.connection, row.credentials.owner))
                .collect();
            due.sort_unstable();
            due.truncate(limit as usize);
            for (_, connection, _) in &due {
                tables.credentials.change(connection, |_| true, |row| row.refresh_due_at = None);
            }
            Ok(due.into_iter().map(|(_, connection, owner)| (owner, connection)).collect())
        })
    }

    async fn settle_notice(
        &mut self,
        notice: &ExpiryNotice,
        next: Option<Timestamp>,
    ) -> Result<bool, StoreError> {
        let same = |row: &StoredCredentials| {
            row.credentials.owner == notice.owner
                && row.notice_due_at == Some(notice.due_at)
                && row.credentials.grant_expires_at == Some(notice.grant_expires_at)
        };
        self.run(|tables| {
            Ok(tables.credentials.change(&notice.connection, same, |row| row.notice_due_at = next))
        })
    }

    async fn release_refresh(&mut self, connection: ConnectionId) -> Result<(), StoreError> {
        self.run(|tables| {
            tables.credentials.change(&connection, |_| true, |row| row.lease_until = None);
            Ok(())
        })
    }

    async fn delete(&mut self, connection: ConnectionId) -> Result<bool, StoreError> {
        self.run(|tables| Ok(tables.credentials.remove(&connection, |_| true).is_some()))
    }
}
