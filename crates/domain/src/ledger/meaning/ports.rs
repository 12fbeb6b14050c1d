//! Ports of categories.

use async_trait::async_trait;

use super::OwnCategory;
use crate::{
    id::{CategoryId, UserId},
    store::StoreError,
};

/// Users' own categories, inside a unit of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait CategoryRepository: Send {
    /// The owner's categories, whole, by id. From here on nobody else changes them until the unit of work ends.
    async fn hold_all(&mut self, owner: UserId) -> Result<Vec<OwnCategory>, StoreError>;
    /// Adds a category, or writes the one with its id.
    async fn put(&mut self, category: &OwnCategory) -> Result<(), StoreError>;
    /// Removes the owner's category, in one guarded statement, unless a transaction has it or it holds others; whether
    /// it did.
    async fn remove_unused(&mut self, owner: UserId, id: CategoryId) -> Result<bool, StoreError>;
}

/// Reads users' own categories.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait CategoryQueries: Send + Sync {
    /// The owner's categories, by id.
    async fn categories(&self, owner: UserId) -> Result<Vec<OwnCategory>, StoreError>;
}
