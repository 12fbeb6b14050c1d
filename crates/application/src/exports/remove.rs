//! Removes a prepared export, whether it is done or not.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::ExportId,
    ledger::{ExportJob, ExportState},
};

use super::{ExportError, Exports};
use crate::{
    ledger::LedgerError,
    request::{authorize, request},
};

/// Which one.
#[derive(Debug)]
pub struct RemoveExport {
    /// Its id.
    pub export: ExportId,
}

request!(RemoveExport, "exports.remove", Access::User(Needs::own()));

impl Exports {
    /// Removes the caller's export with its file, and stops whoever prepares it; the export as it is then.
    #[tracing::instrument(name = "exports.remove", skip_all, fields(export.id = %request.export))]
    pub async fn remove(&self, call: &Call, request: RemoveExport) -> Result<ExportJob, ExportError> {
        let owner = authorize::<RemoveExport>(call)?.user;
        let gone = || LedgerError::NotFound("export");
        let job = self.jobs.export(owner, request.export, call.now).await?.ok_or_else(gone)?;
        let mut work = self.store.begin().await?;
        if !work.exports().remove(owner, job.id, call.now).await? {
            work.roll_back().await;
            return Err(gone().into());
        }
        work.commit().await?;
        Ok(ExportJob { state: ExportState::Removed, lease_until: None, expires_at: Some(call.now), ..job })
    }
}
