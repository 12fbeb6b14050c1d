//! [`ConnectionQueries`].

use std::sync::LazyLock;

use async_trait::async_trait;
use dashtam_domain::{
    connections::{
        ConnectionOverview, ConnectionQueries, ConnectionTally, ExpiryNotice, SealedCredentials, SyncPace,
        SyncRun, SyncRunKey,
    },
    delivery::Due,
    id::{ConnectionId, SyncRunId, UserId},
    page::{Limit, Page},
    store::StoreError,
    time::Timestamp,
};
use sea_orm::Iterable;

use super::{Guided, SqlQueries, count, sessions::LATEST};
use crate::{
    pool::Arg,
    rows::{
        backlog::Backlog, columns, connection_tally::TALLIES, provider_credentials, providers, sync_runs,
    },
};

static CONNECTION: LazyLock<String> = LazyLock::new(|| format!("{} AND p.id = $2", overview()));
static CONNECTIONS: LazyLock<String> =
    LazyLock::new(|| format!("{} AND p.id > $2 ORDER BY p.id LIMIT $3", overview()));
static CREDENTIALS: LazyLock<String> = LazyLock::new(|| {
    let credentials = columns("c", provider_credentials::Column::iter());
    format!("SELECT {credentials} FROM provider_credentials c WHERE c.user_id = $1 AND c.connection_id = $2")
});

static RUN: LazyLock<String> = LazyLock::new(|| {
    let run = columns("r", sync_runs::Column::iter());
    format!("SELECT {run} FROM sync_runs r WHERE r.id = $2 AND r.user_id = $1")
});
static RUNS: LazyLock<Guided> = LazyLock::new(|| {
    let run = columns("r", sync_runs::Column::iter());
    Guided::by("ix_sync_runs_user_id_connection_id_requested_at_id", |index| {
        format!(
            "SELECT {run} FROM sync_runs r{index} WHERE r.user_id = $1 AND r.connection_id = $2 \
             AND (r.requested_at, r.id) < ($3, $4) ORDER BY r.requested_at DESC, r.id DESC LIMIT $5"
        )
    })
});
static CONNECTIONS_DUE: LazyLock<Guided> = LazyLock::new(|| {
    Guided::by("ix_providers_due", |index| {
        format!("SELECT COUNT(*), MIN(p.next_sync_at), COUNT(*) FROM {}", providers::due(index))
    })
});

/// As a claim finds them.
const SYNCS_DUE: &str = "SELECT COUNT(*), MIN(COALESCE(lease_until, requested_at)), COUNT(*) FROM sync_runs \
     WHERE state IN ('queued', 'running') AND (lease_until IS NULL OR lease_until < $1)";

const GRANT_NOTICES: &str = "SELECT connection_id, user_id, notice_due_at, grant_expires_at \
     FROM provider_credentials \
     WHERE notice_due_at IS NOT NULL AND notice_due_at <= $1 AND grant_expires_at IS NOT NULL \
     ORDER BY notice_due_at, connection_id LIMIT $2";

/// Connections with the newest run of each, found at the end of an index, and the end of its grant.
fn overview() -> String {
    let connection = columns("p", providers::Column::iter());
    let run = columns("r", sync_runs::Column::iter());
    format!(
        "SELECT {connection}, {run}, c.grant_expires_at FROM providers p LEFT JOIN sync_runs r ON r.id = \
         (SELECT n.id FROM sync_runs n WHERE n.user_id = p.user_id AND n.connection_id = p.id \
         ORDER BY n.requested_at DESC, n.id DESC LIMIT 1) \
         LEFT JOIN provider_credentials c ON c.connection_id = p.id WHERE p.user_id = $1"
    )
}

#[async_trait]
impl ConnectionQueries for SqlQueries {
    async fn connection(
        &self,
        owner: UserId,
        id: ConnectionId,
    ) -> Result<Option<ConnectionOverview>, StoreError> {
        self.pool.row(&CONNECTION, &[Arg::Id(owner.0), Arg::Id(id.0)]).await
    }

    async fn connections(
        &self,
        owner: UserId,
        after: Option<ConnectionId>,
        limit: Limit,
    ) -> Result<Page<ConnectionOverview, ConnectionId>, StoreError> {
        let after = after.map_or_else(uuid::Uuid::nil, |id| id.0);
        let args = [Arg::Id(owner.0), Arg::Id(after), count(limit)];
        self.pool.page(&CONNECTIONS, &args, limit, |last: &ConnectionOverview| last.connection.id).await
    }

    async fn credentials(
        &self,
        owner: UserId,
        id: ConnectionId,
    ) -> Result<Option<SealedCredentials>, StoreError> {
        self.pool.row(&CREDENTIALS, &[Arg::Id(owner.0), Arg::Id(id.0)]).await
    }

    async fn syncs_due(&self, now: Timestamp) -> Result<Due, StoreError> {
        let found: Option<Backlog> = self.pool.row(SYNCS_DUE, &[Arg::Time(now.as_chrono())]).await?;
        Ok(found.map_or(Due { count: 0, oldest: None }, |backlog| backlog.due))
    }

    async fn connections_due(&self, now: Timestamp) -> Result<Due, StoreError> {
        let due = CONNECTIONS_DUE.of(&self.pool);
        let args = [now, now.plus(SyncPace::LONGEST_WAIT)].map(|at| Arg::Time(at.as_chrono()));
        let found: Option<Backlog> = self.pool.row(due, &args).await?;
        Ok(found.map_or(Due { count: 0, oldest: None }, |backlog| backlog.due))
    }

    async fn connection_tallies(&self) -> Result<Vec<ConnectionTally>, StoreError> {
        let mut tallies: Vec<ConnectionTally> = self.pool.rows(TALLIES, &[]).await?;
        // Engines differ in how they order texts.
        tallies.sort_unstable_by(|one, other| one.provider.cmp(&other.provider));
        Ok(tallies)
    }

    async fn sync_runs(
        &self,
        owner: UserId,
        connection: ConnectionId,
        after: Option<SyncRunKey>,
        limit: Limit,
    ) -> Result<Page<SyncRun, SyncRunKey>, StoreError> {
        let (at, id) = match after {
            Some(key) => (Some(key.requested_at), key.id.0),
            None => (Timestamp::from_micros(LATEST), uuid::Uuid::max()),
        };
        let at = at.map(Timestamp::as_chrono).unwrap_or_default();
        let args = [Arg::Id(owner.0), Arg::Id(connection.0), Arg::Time(at), Arg::Id(id), count(limit)];
        self.pool.page(RUNS.of(&self.pool), &args, limit, SyncRun::key).await
    }

    async fn sync_run(&self, owner: UserId, id: SyncRunId) -> Result<Option<SyncRun>, StoreError> {
        self.pool.row(&RUN, &[Arg::Id(owner.0), Arg::Id(id.0)]).await
    }

    async fn due_grant_notices(&self, now: Timestamp, limit: u32) -> Result<Vec<ExpiryNotice>, StoreError> {
        self.pool.rows(GRANT_NOTICES, &[Arg::Time(now.as_chrono()), Arg::Count(limit.into())]).await
    }
}
