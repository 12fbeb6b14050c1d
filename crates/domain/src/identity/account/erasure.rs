//! Erasing an account whose time has come.

use async_trait::async_trait;

use crate::{id::UserId, store::StoreError, time::Timestamp};

/// The erasing of accounts, inside a unit of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait ErasureRepository: Send {
    /// Takes an account that is due for deletion before `now` and that no other worker holds, and holds it until
    /// `until`.
    async fn claim_due(&mut self, now: Timestamp, until: Timestamp) -> Result<Option<UserId>, StoreError>;
    /// Removes up to `limit` rows of what an account may have many of; how many. Zero: only the account is left.
    async fn erase_rows(&mut self, user: UserId, limit: u32) -> Result<u64, StoreError>;
    /// Removes the account with all that is left of it, except the audit trail; whether it was there and due.
    async fn erase_user(&mut self, user: UserId, now: Timestamp) -> Result<bool, StoreError>;
}
