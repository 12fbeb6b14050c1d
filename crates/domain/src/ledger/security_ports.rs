//! Ports of the securities.

use async_trait::async_trait;

use crate::{
    id::{SecurityId, UserId},
    page::{Limit, Page},
    store::StoreError,
};

use super::{KnownSecurity, Security};

/// Securities, inside a unit of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait SecurityRepository: Send {
    /// The owner's securities that these keys lead to, one entry for each key that leads anywhere.
    async fn known(&mut self, owner: UserId, keys: &[String]) -> Result<Vec<KnownSecurity>, StoreError>;
    /// The same behind the owner's clock, so that nobody else makes one of them until this unit ends.
    async fn known_alone(&mut self, owner: UserId, keys: &[String])
    -> Result<Vec<KnownSecurity>, StoreError>;
    /// Adds these securities of the owner, or writes them anew by their id, and lets keys lead to them. A key that leads
    /// somewhere already stays as it is.
    async fn put(
        &mut self,
        owner: UserId,
        securities: &[Security],
        keys: &[(String, SecurityId)],
    ) -> Result<(), StoreError>;
}

/// Reading side of the securities.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait SecurityQueries: Send + Sync {
    /// The owner's security.
    async fn security(&self, owner: UserId, id: SecurityId) -> Result<Option<Security>, StoreError>;
    /// The owner's securities, oldest first.
    async fn securities(
        &self,
        owner: UserId,
        after: Option<SecurityId>,
        limit: Limit,
    ) -> Result<Page<Security, SecurityId>, StoreError>;
}
