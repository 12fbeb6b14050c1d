//! Shows the synchronisations of a connection.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    connections::{SyncRun, SyncRunKey},
    id::{ConnectionId, SyncRunId},
    identity::Scope,
    page::{Limit, Page},
};

use super::{Sync, SyncError};
use crate::request::{authorize, request};

/// Which page of which instance's runs.
#[derive(Debug)]
pub struct ListSyncs {
    /// The instance.
    pub connection: ConnectionId,
    /// Older than this one.
    pub after: Option<SyncRunKey>,
    /// The most entries a page may have.
    pub limit: Limit,
}

request!(ListSyncs, "sync.list", Access::User(Needs::read(Scope::ConnectionsRead)));

/// Which run.
#[derive(Debug)]
pub struct GetSync {
    /// Its id.
    pub run: SyncRunId,
}

request!(GetSync, "sync.get", Access::User(Needs::read(Scope::ConnectionsRead)));

impl Sync {
    /// The runs of the caller's instance, newest first. Those that are queued or running are among them.
    pub async fn list(
        &self,
        call: &Call,
        request: ListSyncs,
    ) -> Result<Page<SyncRun, SyncRunKey>, SyncError> {
        let owner = authorize::<ListSyncs>(call)?.user;
        let ListSyncs { connection, after, limit } = request;
        let page = self.queries.sync_runs(owner, connection, after, limit).await?;
        if page.items.is_empty() && self.queries.connection(owner, connection).await?.is_none() {
            return Err(SyncError::NotFound);
        }
        Ok(page)
    }

    /// The caller's run.
    pub async fn get(&self, call: &Call, request: GetSync) -> Result<SyncRun, SyncError> {
        let owner = authorize::<GetSync>(call)?.user;
        self.queries.sync_run(owner, request.run).await?.ok_or(SyncError::RunNotFound)
    }
}
