//! Exports that a worker prepares.

use std::collections::BTreeMap;

use dashtam_domain::ledger::ExportJob;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Id, Moment};

/// A file that is prepared.
#[derive(Serialize, ToSchema)]
#[schema(as = Export)]
pub(crate) struct ExportJobView<'a> {
    id: Id,
    /// `waiting`, `running`, `done`, `failed`, or `removed` where it was just removed.
    status: &'static str,
    /// Parameters of `GET /exports`, by their names.
    #[schema(value_type = Object)]
    asked: &'a BTreeMap<String, String>,
    file_name: &'a str,
    media_type: &'a str,
    /// How many rows are written.
    rows: i64,
    /// How many rows there will be, where that is known before the end.
    rows_total: Option<i64>,
    /// How many bytes are written.
    bytes: i64,
    /// Why it was given up: `not_there` (what was asked for is gone), `too_large` (more than a file may have, or
    /// than is reckoned from at once), `account_unusable` or `broken`.
    error_code: Option<&'static str>,
    created_at: Moment,
    finished_at: Option<Moment>,
    /// When it goes with its file; null while it is not done.
    expires_at: Option<Moment>,
}

impl ExportJobView<'_> {
    /// A good guess at the bytes of one.
    pub(crate) const SIZE: usize = 480;
}

impl<'a> From<&'a ExportJob> for ExportJobView<'a> {
    fn from(job: &'a ExportJob) -> Self {
        Self {
            id: Id(job.id.0),
            status: job.state.as_str(),
            asked: &job.asked,
            file_name: &job.file_name,
            media_type: &job.media_type,
            rows: job.rows,
            rows_total: job.total,
            bytes: job.bytes,
            error_code: job.failure.map(|failure| failure.as_str()),
            created_at: Moment(job.created_at),
            finished_at: job.finished_at.map(Moment),
            expires_at: job.expires_at.map(Moment),
        }
    }
}
