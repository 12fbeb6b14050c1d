//! Shows the report of an import.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::ImportId,
    identity::Scope,
    ledger::Import,
};

use super::{ImportError, Imports};
use crate::request::{authorize, request};

/// Which import.
#[derive(Debug)]
pub struct GetImport {
    /// Its id.
    pub import: ImportId,
}

request!(GetImport, "imports.get", Access::User(Needs::read(Scope::ImportsWrite)));

impl Imports {
    /// The report of the caller's import.
    pub async fn get(&self, call: &Call, request: GetImport) -> Result<Import, ImportError> {
        let owner = authorize::<GetImport>(call)?.user;
        self.queries.import(owner, request.import).await?.ok_or(ImportError::NotFound)
    }
}
