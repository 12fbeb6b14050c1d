//! How far workers are behind.

use dashtam_domain::{access::Access, call::Call, delivery::Due, store::StoreError, time::Timestamp};

use super::Upkeep;
use crate::{errors::CommonError, request::request};

/// A look at what is due and not done.
#[derive(Debug)]
pub struct MeasureBacklog;

request!(MeasureBacklog, "upkeep.measure_backlog", Access::System);

/// What is due and not done, over all replicas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backlog {
    /// Events and mails of the outbox.
    pub mails: Due,
    /// Mails that were given up.
    pub dead_mails: u64,
    /// Synchronisations that wait for a worker.
    pub syncs: Due,
    /// Connections that wait for their synchronisation to be queued.
    pub connections: Due,
}

impl Upkeep {
    /// What is due and not done.
    #[tracing::instrument(name = "upkeep.measure_backlog", skip_all)]
    pub async fn measure_backlog(
        &self,
        call: &Call,
        _request: MeasureBacklog,
    ) -> Result<Backlog, CommonError> {
        call.permits(Access::System)?;
        Ok(self.backlog(call.now).await?)
    }

    /// What is due at this instant and not done.
    pub(super) async fn backlog(&self, now: Timestamp) -> Result<Backlog, StoreError> {
        let (mails, dead_mails) = self.queries.mails_due(now).await?;
        let syncs = self.queries.syncs_due(now).await?;
        let connections = self.queries.connections_due(now).await?;
        Ok(Backlog { mails, dead_mails, syncs, connections })
    }
}
