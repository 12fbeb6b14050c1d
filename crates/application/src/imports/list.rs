//! Lists imports.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::ImportId,
    identity::Scope,
    ledger::{Import, ImportFilter},
    page::{Limit, Page},
};

use super::{ImportError, Imports};
use crate::request::{authorize, request};

/// Which page of which imports.
#[derive(Debug)]
pub struct ListImports {
    /// Which of them.
    pub filter: ImportFilter,
    /// Older than this one.
    pub after: Option<ImportId>,
    /// How many.
    pub limit: Limit,
}

request!(ListImports, "imports.list", Access::User(Needs::read(Scope::ImportsWrite)));

impl Imports {
    /// The caller's imports, newest first, without what was refused and noticed.
    pub async fn list(
        &self,
        call: &Call,
        request: ListImports,
    ) -> Result<Page<Import, ImportId>, ImportError> {
        let owner = authorize::<ListImports>(call)?.user;
        let ListImports { filter, after, limit } = request;
        Ok(self.queries.imports(owner, filter, after, limit).await?)
    }
}
