//! Asks for a file that a worker prepares.

use std::collections::BTreeMap;

use dashtam_domain::{
    access::{Access, AccessDenied, Needs},
    call::Call,
    id::ExportId,
    identity::{AuditAction, AuditLine},
    ledger::{ExportJob, ExportState},
};
use serde_json::json;

use super::{ExportData, ExportError, Exports};
use crate::{
    once::{self, Present},
    request::{authorize, request},
};

/// A file wanted.
#[derive(Debug)]
pub struct AskExport {
    /// What shall be in it.
    pub data: ExportData,
    /// The parameters that say so, which the worker reads again.
    pub asked: BTreeMap<String, String>,
    /// What the file is called.
    pub file_name: String,
    /// Of what type it is.
    pub media_type: &'static str,
}

request!(AskExport, "exports.create", Access::User(Needs::own()));

impl Exports {
    /// Lets a worker prepare a file, and notes that in the audit trail. Accounts that are not there are told at once.
    #[tracing::instrument(name = "exports.create", skip_all)]
    pub async fn ask(
        &self,
        call: &Call,
        request: AskExport,
        present: Present<ExportJob>,
    ) -> Result<ExportJob, ExportError> {
        let owner = authorize::<AskExport>(call)?.user;
        let AskExport { data, asked, file_name, media_type } = request;
        let (kind, format) = (data.kind.as_str(), data.format);
        data.days(call.now.day())?;
        self.open(owner, data).await?;
        let mut work = self.store.begin().await?;
        once::begin(call, &mut *work).await?;
        // The user first: of several calls at once one counts what the others add.
        work.users().find(owner).await?.ok_or(AccessDenied::Anonymous)?;
        if work.exports().count(owner, call.now).await? >= ExportJob::MOST {
            return Err(ExportError::TooMany);
        }
        let job = ExportJob {
            id: ExportId(self.sources.ids.next()),
            owner,
            asked,
            file_name,
            media_type: media_type.to_owned(),
            state: ExportState::Waiting,
            failure: None,
            attempts: 0,
            lease_until: None,
            rows: 0,
            total: None,
            bytes: 0,
            chunks: 0,
            created_at: call.now,
            finished_at: None,
            expires_at: None,
        };
        work.exports().insert(&job).await?;
        let details = json!({"kind": kind, "format": format, "export": job.id.to_string()});
        let line = AuditLine::new(AuditAction::DataExported, owner).with(details);
        work.note(&self.sources, call, line).await?;
        once::finish(call, &mut *work, &job, present).await?;
        work.commit().await?;
        self.signal.ring();
        Ok(job)
    }
}
