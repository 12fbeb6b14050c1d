//! The audit trail: appended to inside a unit of work, and read outside one.

use async_trait::async_trait;

use crate::{
    id::{AuditId, ConnectionId, UserId},
    identity::{AuditEntry, AuditRecord, ChainHead, ChainKey},
    page::{Limit, Page},
    store::StoreError,
};

/// The audit trail, inside a unit of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait AuditTrail: Send {
    /// Appends a line. It is linked to the line before it when the unit commits, so that chains are held for the
    /// shortest time; what goes wrong then is the commit's error.
    async fn append(&mut self, entry: &AuditEntry) -> Result<(), StoreError>;
}

/// Reads the audit trail.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait AuditQueries: Send + Sync {
    /// The audit trail of one user, or of everybody, newest first.
    async fn audit_trail(
        &self,
        of: Option<UserId>,
        before: Option<AuditId>,
        limit: Limit,
    ) -> Result<Page<AuditEntry, AuditId>, StoreError>;
    /// The audit trail of the owner's connection, newest first; it outlives the connection.
    async fn connection_audit(
        &self,
        owner: UserId,
        connection: ConnectionId,
        before: Option<AuditId>,
        limit: Limit,
    ) -> Result<Page<AuditEntry, AuditId>, StoreError>;
    /// The audit trail of this manager's sub-users, or of this one of them, newest first.
    async fn sub_user_trail(
        &self,
        manager: UserId,
        of: Option<UserId>,
        before: Option<AuditId>,
        limit: Limit,
    ) -> Result<Page<AuditEntry, AuditId>, StoreError>;
    /// The newest links of all chains of the trail, by chain.
    async fn audit_heads(
        &self,
        after: Option<uuid::Uuid>,
        limit: Limit,
    ) -> Result<Page<ChainHead, uuid::Uuid>, StoreError>;
    /// The trail as it is stored, chain by chain, each in its order.
    async fn audit_records(
        &self,
        after: Option<ChainKey>,
        limit: Limit,
    ) -> Result<Page<AuditRecord, ChainKey>, StoreError>;
}
