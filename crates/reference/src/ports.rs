//! Ports: the reference system's database, and the store that what it holds is copied to.

use std::error::Error;

use async_trait::async_trait;
use dashtam_domain::{
    page::Limit,
    store::{StoreError, UnitOfWork},
    time::Timestamp,
};
use uuid::Uuid;

use crate::{LeftBehind, ReferenceAccount, ReferenceAuditLine, ReferenceTable};

/// The reference system's database cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReferenceError {
    /// It does not answer, or no longer.
    #[error("the reference system's database cannot be read")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// It answers, and is not what that system makes.
    #[error("this is not a database of the reference system: {0}")]
    Foreign(String),
}

/// The reference system's database at one moment: what is written there meanwhile is not seen. Never written to.
#[async_trait]
pub trait ReferenceSource: Send {
    /// Users with what they own, ordered by id, from the first one after `after`.
    async fn accounts(
        &mut self,
        after: Option<Uuid>,
        limit: Limit,
    ) -> Result<Vec<ReferenceAccount>, ReferenceError>;
    /// Audit lines of a user, ordered by id, from the first one after `after`.
    async fn audit_lines(
        &mut self,
        user: Uuid,
        after: Option<Uuid>,
        limit: Limit,
    ) -> Result<Vec<ReferenceAuditLine>, ReferenceError>;
    /// Rows of this table that hang on no user, ordered by id, from the first one after `after`.
    async fn orphans(
        &mut self,
        table: ReferenceTable,
        after: Option<Uuid>,
        limit: Limit,
    ) -> Result<Vec<Uuid>, ReferenceError>;
    /// How many rows there are of each kind that is not copied; kinds without rows are left out.
    async fn left_behind(&mut self) -> Result<Vec<(LeftBehind, u64)>, ReferenceError>;
}

/// Which rows of the reference system were copied, inside a unit of work. The note outlives the copy: what somebody
/// removed from Dashtam does not come back with a later run.
#[async_trait]
pub trait ImportedRows: Send {
    /// Notes that these rows were copied, decided by the database in one statement: those that were not noted
    /// before, so that of several runs at once one copies a row.
    async fn note(
        &mut self,
        table: ReferenceTable,
        ids: &[Uuid],
        now: Timestamp,
    ) -> Result<Vec<Uuid>, StoreError>;
    /// Takes notes back.
    async fn forget(&mut self, table: ReferenceTable, ids: &[Uuid]) -> Result<(), StoreError>;
}

/// A store that remembers what was copied into it.
#[async_trait]
pub trait ImportStore: Send + Sync {
    /// Opens a unit of work. It may wait for another writer.
    async fn begin(&self) -> Result<Box<dyn ImportWork>, StoreError>;
}

/// A unit of work with the notes on copied rows: what is copied and the note of it become visible together.
#[async_trait]
pub trait ImportWork: Send {
    /// The unit of work itself, to write through. It is committed by [`commit`](Self::commit).
    fn unit(&mut self) -> &mut dyn UnitOfWork;
    /// The copied rows, as a part of the same unit.
    fn imported_rows(&mut self) -> &mut dyn ImportedRows;
    /// Makes everything visible at once, as [`UnitOfWork::commit`] does.
    async fn commit(self: Box<Self>) -> Result<(), StoreError>;
}
