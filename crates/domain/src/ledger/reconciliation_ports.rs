//! Port of what is known and decided about transactions that may be one.

use async_trait::async_trait;

use crate::{
    id::{AccountId, UserId},
    store::StoreError,
};

use super::Alias;

/// Aliases of transactions, inside a unit of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait ReconciliationRepository: Send {
    /// The account's aliases with one of these source ids, in no particular order. From here on nobody else changes the
    /// owner's transactions until the unit of work ends.
    async fn aliases(
        &mut self,
        owner: UserId,
        account: AccountId,
        source_ids: &[String],
    ) -> Result<Vec<Alias>, StoreError>;
    /// Adds aliases, in few statements; one whose account, source id and ordinal are there leads to its new transaction.
    async fn put_aliases(&mut self, aliases: &[Alias]) -> Result<(), StoreError>;
}
