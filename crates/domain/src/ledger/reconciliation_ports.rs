//! Port of what is known and decided about transactions that may be one.

use async_trait::async_trait;

use crate::{
    id::{AccountId, DecisionId, ImportId, TransactionId, UserId},
    page::Limit,
    store::StoreError,
    time::Timestamp,
};

use super::{Alias, Decision, DecisionState, RejectedPair};

/// Aliases of transactions and decisions about them, inside a unit of work.
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
    /// The aliases that lead to these transactions, in no particular order.
    async fn aliases_of(
        &mut self,
        owner: UserId,
        transactions: &[TransactionId],
    ) -> Result<Vec<Alias>, StoreError>;
    /// Adds aliases, in few statements; one whose account, source id and ordinal are there leads to its new transaction.
    async fn put_aliases(&mut self, aliases: &[Alias]) -> Result<(), StoreError>;
    /// Removes the alias with this account, source id and ordinal.
    async fn remove_alias(&mut self, alias: &Alias) -> Result<(), StoreError>;
    /// Adds decisions, in few statements.
    async fn insert(&mut self, decisions: &[Decision]) -> Result<(), StoreError>;
    /// The owner's decision. From here on nobody else changes the owner's transactions, or decides about them, until the
    /// unit of work ends.
    async fn find(&mut self, owner: UserId, id: DecisionId) -> Result<Option<Decision>, StoreError>;
    /// The owner's suggested and applied decisions that make one of any of these transactions and another, in no
    /// particular order and without what was before. Transfers are none here and in all that follows.
    async fn about(
        &mut self,
        owner: UserId,
        transactions: &[TransactionId],
    ) -> Result<Vec<Decision>, StoreError>;
    /// The first few applied decisions about transactions that an import brought. From here on nobody else changes the
    /// owner's transactions, or decides about them, until the unit of work ends.
    async fn applied_to_import(
        &mut self,
        owner: UserId,
        import: ImportId,
        limit: Limit,
    ) -> Result<Vec<DecisionId>, StoreError>;
    /// The applied decisions about one of the rows of this one that were applied after it, the earliest first.
    async fn applied_after(&mut self, decision: &Decision) -> Result<Vec<DecisionId>, StoreError>;
    /// Writes where a decision stands now, who said so and what was before, if it still stood where `from` says, in one
    /// guarded statement; whether it did.
    async fn settle(&mut self, decision: &Decision, from: DecisionState) -> Result<bool, StoreError>;
    /// Rejects, in the name of the program, the owner's suggestions about any of these transactions; how many.
    async fn dismiss(
        &mut self,
        owner: UserId,
        transactions: &[TransactionId],
        now: Timestamp,
    ) -> Result<u64, StoreError>;
    /// As [`dismiss`](Self::dismiss), those about any of the transactions that an import brought, transfers too, in one
    /// statement.
    async fn dismiss_import(
        &mut self,
        owner: UserId,
        import: ImportId,
        now: Timestamp,
    ) -> Result<u64, StoreError>;
    /// Some of the applied decisions about a row of this account and one of another, the latest first, with what was
    /// before.
    async fn across(
        &mut self,
        owner: UserId,
        account: AccountId,
        limit: Limit,
    ) -> Result<Vec<Decision>, StoreError>;
    /// The applied decisions that merged one of these transactions of this account into one of another account, in no
    /// particular order, with what was before. From here on nobody else changes the owner's transactions, or decides about
    /// them, until the unit of work ends.
    async fn merged_across(
        &mut self,
        owner: UserId,
        account: AccountId,
        merged: &[TransactionId],
    ) -> Result<Vec<Decision>, StoreError>;
    /// The first few other decisions that were applied after one of these, about the same transactions, the earliest first.
    async fn applied_after_across(
        &mut self,
        owner: UserId,
        account: AccountId,
        limit: Limit,
    ) -> Result<Vec<DecisionId>, StoreError>;
    /// Rejects, in the name of the program, what is suggested about a row of this account and one of another; how many.
    async fn dismiss_across(
        &mut self,
        owner: UserId,
        account: AccountId,
        now: Timestamp,
    ) -> Result<u64, StoreError>;
    /// Remembers that two rows are not one transaction.
    async fn reject_pair(&mut self, pair: &RejectedPair) -> Result<(), StoreError>;
    /// The pairs of which one row is in this account.
    async fn rejected_pairs(
        &mut self,
        owner: UserId,
        account: AccountId,
    ) -> Result<Vec<RejectedPair>, StoreError>;
}
