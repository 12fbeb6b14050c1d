//! Hands out the file of a prepared export.

use std::sync::Arc;

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::ExportId,
    identity::{AuditAction, AuditLine},
    ledger::{ExportJob, ExportQueries},
};
use serde_json::json;

use super::{ExportError, Exports};
use crate::{
    ledger::LedgerError,
    request::{authorize, request},
};

/// The file of which export.
#[derive(Debug)]
pub struct FetchExport {
    /// Its id.
    pub export: ExportId,
    /// Whether only what is said of the file is asked for: nothing is handed out, and nothing noted.
    pub looks_only: bool,
}

request!(FetchExport, "exports.fetch", Access::User(Needs::own()));

/// A file that is read as it is sent: one chunk of it is in memory at a time.
pub struct ExportContent {
    jobs: Arc<dyn ExportQueries>,
    job: ExportJob,
    next: i64,
}

impl Exports {
    /// The file of the caller's export, which must be done. The audit trail notes that it was fetched.
    #[tracing::instrument(name = "exports.fetch", skip_all, fields(export.id = %request.export))]
    pub async fn fetch(&self, call: &Call, request: FetchExport) -> Result<ExportContent, ExportError> {
        let owner = authorize::<FetchExport>(call)?.user;
        let found = self.jobs.export(owner, request.export, call.now).await?;
        let job = found.ok_or(LedgerError::NotFound("export"))?;
        if !job.has_file(call.now) {
            return Err(ExportError::NoFile);
        }
        if !request.looks_only {
            let details = json!({"export": job.id.to_string(), "bytes": job.bytes});
            self.note(call, AuditLine::new(AuditAction::ExportDownloaded, owner).with(details)).await?;
        }
        Ok(ExportContent { jobs: self.jobs.clone(), job, next: 0 })
    }
}

impl ExportContent {
    /// What is known of the file.
    pub fn job(&self) -> &ExportJob {
        &self.job
    }

    /// The next part; `None` behind the last. A file that was removed meanwhile breaks off with an error.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, ExportError> {
        if self.next >= self.job.chunks {
            return Ok(None);
        }
        let chunk = self.jobs.export_chunk(self.job.owner, self.job.id, self.next).await?;
        self.next += 1;
        Ok(Some(chunk.ok_or(LedgerError::NotFound("export"))?))
    }
}
