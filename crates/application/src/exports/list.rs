//! Shows prepared exports.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::ExportId,
    ledger::ExportJob,
};

use super::{ExportError, Exports};
use crate::{
    ledger::LedgerError,
    request::{authorize, request},
};

/// All of the caller's.
#[derive(Debug)]
pub struct ListExports;

request!(ListExports, "exports.list", Access::User(Needs::own()));

/// Which one.
#[derive(Debug)]
pub struct GetExport {
    /// Its id.
    pub export: ExportId,
}

request!(GetExport, "exports.show", Access::User(Needs::own()));

impl Exports {
    /// The caller's prepared exports, the newest first.
    pub async fn list(&self, call: &Call, _request: ListExports) -> Result<Vec<ExportJob>, ExportError> {
        let owner = authorize::<ListExports>(call)?.user;
        Ok(self.jobs.exports(owner, call.now).await?)
    }

    /// The caller's prepared export.
    pub async fn show(&self, call: &Call, request: GetExport) -> Result<ExportJob, ExportError> {
        let owner = authorize::<GetExport>(call)?.user;
        let found = self.jobs.export(owner, request.export, call.now).await?;
        Ok(found.ok_or(LedgerError::NotFound("export"))?)
    }
}
