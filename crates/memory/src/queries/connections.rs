//! [`ConnectionQueries`].

use std::{cmp::Reverse, collections::BTreeMap};

use async_trait::async_trait;
use dashtam_domain::{
    connections::{
        Connection, ConnectionOverview, ConnectionQueries, ConnectionTally, ExpiryNotice, SealedCredentials,
        SyncRun, SyncRunKey,
    },
    delivery::Due,
    id::{ConnectionId, SyncRunId, UserId},
    page::{Limit, Page},
    store::StoreError,
    time::Timestamp,
};

use crate::{connections::due, mark::Mark, store::MemoryStore, table, tables::Tables};

/// A connection with its newest run and the end of its grant.
fn overview(tables: &Tables, connection: &Connection) -> ConnectionOverview {
    let runs = tables.sync_runs.marked(&Mark::Connection(connection.id));
    let stored = tables.credentials.get(&connection.id);
    ConnectionOverview {
        connection: connection.clone(),
        latest_run: runs.max_by_key(|run| (run.requested_at, run.id)).cloned(),
        grant_expires_at: stored.and_then(|row| row.credentials.grant_expires_at),
    }
}

#[async_trait]
impl ConnectionQueries for MemoryStore {
    async fn connection(
        &self,
        owner: UserId,
        id: ConnectionId,
    ) -> Result<Option<ConnectionOverview>, StoreError> {
        self.look(|tables| {
            let found = tables.connections.get(&id).filter(|connection| connection.owner == owner);
            found.map(|connection| overview(tables, connection))
        })
    }

    async fn connections(
        &self,
        owner: UserId,
        after: Option<ConnectionId>,
        limit: Limit,
    ) -> Result<Page<ConnectionOverview, ConnectionId>, StoreError> {
        self.look(|tables| {
            let mine = tables.connections.marked(&Mark::Owner(owner));
            let behind = mine.filter(|connection| Some(connection.id) > after).take(limit.get() + 1);
            let shown = behind.map(|connection| overview(tables, connection)).collect();
            Page::cut(shown, limit, |last: &ConnectionOverview| last.connection.id)
        })
    }

    async fn credentials(
        &self,
        owner: UserId,
        id: ConnectionId,
    ) -> Result<Option<SealedCredentials>, StoreError> {
        self.look(|tables| {
            let found = tables.credentials.get(&id).map(|row| &row.credentials);
            found.filter(|credentials| credentials.owner == owner).cloned()
        })
    }

    async fn due_grant_notices(&self, now: Timestamp, limit: u32) -> Result<Vec<ExpiryNotice>, StoreError> {
        self.look(|tables| {
            let due = tables.credentials.marked(&Mark::Notice).filter_map(|row| {
                Some(ExpiryNotice {
                    connection: row.credentials.connection,
                    owner: row.credentials.owner,
                    due_at: row.notice_due_at.filter(|due| *due <= now)?,
                    grant_expires_at: row.credentials.grant_expires_at?,
                })
            });
            let mut due: Vec<ExpiryNotice> = due.collect();
            due.sort_unstable_by_key(|notice| (notice.due_at, notice.connection));
            due.truncate(limit as usize);
            due
        })
    }

    async fn syncs_due(&self, now: Timestamp) -> Result<Due, StoreError> {
        self.look(|tables| {
            let open = tables.sync_runs.marked(&Mark::Open);
            let due = open.filter(|run| run.lease_until.is_none_or(|until| until < now));
            let since: Vec<_> = due.map(|run| run.lease_until.unwrap_or(run.requested_at)).collect();
            Due { count: since.len() as u64, oldest: since.into_iter().min() }
        })
    }

    async fn connections_due(&self, now: Timestamp) -> Result<Due, StoreError> {
        self.look(|tables| {
            let since: Vec<_> = due(tables, now).filter_map(|connection| connection.next_sync_at).collect();
            Due { count: since.len() as u64, oldest: since.into_iter().min() }
        })
    }

    async fn connection_tallies(&self) -> Result<Vec<ConnectionTally>, StoreError> {
        self.look(|tables| {
            let mut tallies = BTreeMap::new();
            for connection in tables.connections.iter() {
                let key = connection.provider.clone();
                let tally = tallies.entry(key.clone()).or_insert_with(|| ConnectionTally::new(key));
                tally.count(connection);
            }
            tallies.into_values().collect()
        })
    }

    async fn sync_runs(
        &self,
        owner: UserId,
        connection: ConnectionId,
        after: Option<SyncRunKey>,
        limit: Limit,
    ) -> Result<Page<SyncRun, SyncRunKey>, StoreError> {
        self.look(|tables| {
            let place = |key: SyncRunKey| Reverse((key.requested_at, key.id));
            let runs = tables.sync_runs.marked(&Mark::Connection(connection)).filter(|run| {
                run.owner == owner && after.is_none_or(|after| place(run.key()) > place(after))
            });
            table::page_by(runs, |run| place(run.key()), limit, SyncRun::key)
        })
    }

    async fn sync_run(&self, owner: UserId, id: SyncRunId) -> Result<Option<SyncRun>, StoreError> {
        self.look(|tables| tables.sync_runs.get(&id).filter(|run| run.owner == owner).cloned())
    }
}
