//! Shows recurring streams.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::StreamId,
    identity::Scope,
    ledger::Transaction,
};

use super::{MarkedStream, Recurring, RecurringError};
use crate::request::{authorize, request};

/// Which streams.
#[derive(Debug)]
pub struct ListStreams {
    /// Whether those are among them of which their owner said that they are none.
    pub with_dismissed: bool,
}

request!(ListStreams, "recurring.list", Access::User(Needs::read(Scope::TransactionsRead)));

/// Which stream.
#[derive(Debug)]
pub struct GetStream {
    /// Its id.
    pub stream: StreamId,
}

request!(GetStream, "recurring.get", Access::User(Needs::read(Scope::TransactionsRead)));

/// So many transactions of a stream are shown at most.
pub(super) const MOST_SHOWN: usize = 500;

impl Recurring {
    /// The caller's streams, by the day on which each comes next.
    #[tracing::instrument(name = "recurring.list", skip_all)]
    pub async fn list(&self, call: &Call, request: ListStreams) -> Result<Vec<MarkedStream>, RecurringError> {
        let owner = authorize::<ListStreams>(call)?.user;
        let mut found = self.found(owner, call.now).await?;
        found.retain(|of| request.with_dismissed || !of.is_dismissed());
        Ok(found)
    }

    /// The caller's stream with its latest 500 transactions, the latest first.
    #[tracing::instrument(name = "recurring.get", skip_all)]
    pub async fn get(
        &self,
        call: &Call,
        request: GetStream,
    ) -> Result<(MarkedStream, Vec<Transaction>), RecurringError> {
        let owner = authorize::<GetStream>(call)?.user;
        let found = self.found(owner, call.now).await?;
        let wanted = found.into_iter().find(|of| of.stream.id == request.stream);
        let stream = wanted.ok_or(RecurringError::NotFound)?;
        // In the order of days: the latest are the last.
        let all = &stream.stream.transactions;
        let latest = &all[all.len().saturating_sub(MOST_SHOWN)..];
        let transactions = self.queries.transactions_of(owner, latest).await?;
        Ok((stream, transactions))
    }
}
