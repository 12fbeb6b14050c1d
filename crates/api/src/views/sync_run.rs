//! Runs of a synchronisation.

use dashtam_domain::connections::SyncRun;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Id, Moment};

/// One synchronisation of a provider instance.
#[derive(Serialize, ToSchema)]
#[schema(as = SyncRun)]
pub(crate) struct SyncRunView<'a> {
    id: Id,
    provider_id: Id,
    /// `queued`, `running`, `completed` or `failed`.
    status: &'static str,
    requested_at: Moment,
    started_at: Option<Moment>,
    finished_at: Option<Moment>,
    /// Accounts seen.
    accounts: i32,
    transactions_added: i32,
    transactions_updated: i32,
    transactions_removed: i32,
    /// Rows that could not be used.
    rows_refused: i32,
    /// What went wrong.
    error: Option<&'a str>,
    /// What there is to know of the data: which rows could not be used, of which day and account and why, what the
    /// institution left out, and before which day no history was asked for. Nothing was removed for what was left out.
    notes: &'a [String],
}

impl<'a> From<&'a SyncRun> for SyncRunView<'a> {
    fn from(run: &'a SyncRun) -> Self {
        Self {
            id: Id(run.id.0),
            provider_id: Id(run.connection.0),
            status: run.state.as_str(),
            requested_at: Moment(run.requested_at),
            started_at: run.started_at.map(Moment),
            finished_at: run.finished_at.map(Moment),
            accounts: run.counts.accounts,
            transactions_added: run.counts.added,
            transactions_updated: run.counts.updated,
            transactions_removed: run.counts.removed,
            rows_refused: run.counts.refused,
            error: run.error.as_deref(),
            notes: &run.notes,
        }
    }
}
