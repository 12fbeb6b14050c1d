//! Ports of categories.

use async_trait::async_trait;

use super::{OwnCategory, Payee, PayeeName};
use crate::{
    id::{CategoryId, PayeeId, UserId},
    page::{Limit, Page},
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
    /// Removes the owner's category, in one guarded statement, unless a transaction has it, a rule names it or it holds
    /// others; whether it did.
    async fn remove_unused(&mut self, owner: UserId, id: CategoryId) -> Result<bool, StoreError>;
}

/// Reads users' own categories.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait CategoryQueries: Send + Sync {
    /// The owner's categories, by id.
    async fn categories(&self, owner: UserId) -> Result<Vec<OwnCategory>, StoreError>;
}

/// What is learned of the other sides of transactions, inside a unit of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait PayeeRepository: Send {
    /// The owner's payees with these names, in no particular order.
    async fn named(&mut self, owner: UserId, names: &[PayeeName]) -> Result<Vec<Payee>, StoreError>;
    /// Takes the owner's clock, and answers the owner's payee.
    async fn hold(&mut self, owner: UserId, id: PayeeId) -> Result<Option<Payee>, StoreError>;
    /// Adds payees, or writes what is known of those with their ids, in few statements.
    async fn put(&mut self, payees: &[Payee]) -> Result<(), StoreError>;
    /// Removes the owner's payee; whether there was one. What it decided stays until it is decided anew.
    async fn remove(&mut self, owner: UserId, id: PayeeId) -> Result<bool, StoreError>;
}

/// Reads what is learned of the other sides of transactions.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait PayeeQueries: Send + Sync {
    /// The owner's payees, the earliest first.
    async fn payees(
        &self,
        owner: UserId,
        after: Option<PayeeId>,
        limit: Limit,
    ) -> Result<Page<Payee, PayeeId>, StoreError>;
}
