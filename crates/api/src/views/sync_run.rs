//! Runs of a synchronisation.

use dashtam_domain::connections::{Remedy, SyncFailure, SyncRun};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Id, Moment};

/// One synchronisation of a provider instance.
#[derive(Serialize, ToSchema)]
#[schema(as = SyncRun)]
pub(crate) struct SyncRunView<'a> {
    id: Id,
    provider_id: Id,
    /// `queued`, `running`, `completed`, `failed` or `cancelled`.
    status: &'static str,
    /// Who wanted it: `user`, or `schedule` when it was due by itself.
    requested_by: &'static str,
    /// How often a worker took it up.
    attempts: i32,
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
    /// What went wrong, as programs can act on it, e.g. `institution-unavailable`.
    error_code: Option<&'static str>,
    /// What a person can do about it: `none`, `wait`, `reauthorize`, `check_bank` or `raise_issue`.
    what_to_do: &'static str,
    progress: SyncProgressView,
    /// What there is to know of the data: which rows could not be used, of which day and account and why, what the
    /// institution left out, and before which day no history was asked for. Nothing was removed for what was left out.
    notes: &'a [String],
}

/// How far a synchronisation has come.
#[derive(Serialize, ToSchema)]
#[schema(as = SyncProgress)]
pub(crate) struct SyncProgressView {
    /// Accounts that are stored with all that belongs to them.
    accounts_done: i32,
    /// Accounts there are; 0 until the institution has told.
    accounts_total: i32,
    /// Rows that were read.
    rows: i32,
}

impl<'a> From<&'a SyncRun> for SyncRunView<'a> {
    fn from(run: &'a SyncRun) -> Self {
        Self {
            id: Id(run.id.0),
            provider_id: Id(run.connection.0),
            status: if run.is_cancelled() { "cancelled" } else { run.state.as_str() },
            requested_by: run.requested_by.as_str(),
            attempts: run.attempts,
            requested_at: Moment(run.requested_at),
            started_at: run.started_at.map(Moment),
            finished_at: run.finished_at.map(Moment),
            accounts: run.counts.accounts,
            transactions_added: run.counts.added,
            transactions_updated: run.counts.updated,
            transactions_removed: run.counts.removed,
            rows_refused: run.counts.refused,
            error: run.error.as_deref(),
            error_code: run.failure.map(SyncFailure::as_str),
            what_to_do: run.failure.map_or(Remedy::None, SyncFailure::remedy).as_str(),
            progress: SyncProgressView {
                accounts_done: run.progress.accounts_done,
                accounts_total: run.progress.accounts_total,
                rows: run.progress.rows,
            },
            notes: &run.notes,
        }
    }
}
