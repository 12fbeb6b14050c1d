//! Imports whose process died are not shown as running for ever.

use dashtam_domain::{access::Access, call::Call, ledger::Import};

use super::Upkeep;
use crate::{errors::CommonError, request::request};

/// A look at imports that run for too long.
#[derive(Debug)]
pub struct InterruptImports;

request!(InterruptImports, "upkeep.interrupt_imports", Access::System);

impl Upkeep {
    /// Marks as interrupted what has been running for longer than any import takes; how many. One that lives after
    /// all is completed at its end.
    #[tracing::instrument(name = "upkeep.interrupt_imports", skip_all)]
    pub async fn interrupt_imports(
        &self,
        call: &Call,
        _request: InterruptImports,
    ) -> Result<u64, CommonError> {
        call.permits(Access::System)?;
        let mut work = self.store.begin().await?;
        let marked = work.imports().interrupt(call.now.plus(-Import::LONGEST), call.now).await?;
        work.commit().await?;
        if marked > 0 {
            tracing::warn!(marked, "imports were interrupted");
        }
        Ok(marked)
    }
}
