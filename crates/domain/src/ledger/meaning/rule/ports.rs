//! Ports of rules.

use async_trait::async_trait;
use uuid::Uuid;

use super::{Rule, RuleRun, RuleRunChange};
use crate::{
    id::{AccountId, RuleId, RuleRunId, TransactionId, UserId},
    ledger::{Transaction, TransactionKey},
    page::Limit,
    store::StoreError,
};

/// Rules, inside a unit of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait RuleRepository: Send {
    /// Takes the owner's clock, and answers the owner's rules by their places. From here on nobody else changes them, or
    /// stores what they decide, until the unit of work ends.
    async fn hold_all(&mut self, owner: UserId) -> Result<Vec<Rule>, StoreError>;
    /// Adds rules, or writes those with their ids.
    async fn put(&mut self, rules: &[Rule]) -> Result<(), StoreError>;
    /// Removes the owner's rule; whether there was one. What it decided stays until it is decided anew.
    async fn remove(&mut self, owner: UserId, id: RuleId) -> Result<bool, StoreError>;
    /// The names of the institutions of the owner's accounts that have one.
    async fn institutions(&mut self, owner: UserId) -> Result<Vec<(AccountId, String)>, StoreError>;
    /// The owner's transactions of which this rule decided something, by their ids, with what they are made of and
    /// without raw rows.
    async fn decided_by(
        &mut self,
        owner: UserId,
        decider: Uuid,
        after: Option<TransactionId>,
        limit: Limit,
    ) -> Result<Vec<Transaction>, StoreError>;
    /// The owner's transactions that are not marked as removed, the newest first by the days that are shown, with what they
    /// are made of and without raw rows.
    async fn history(
        &mut self,
        owner: UserId,
        after: Option<TransactionKey>,
        limit: Limit,
    ) -> Result<Vec<Transaction>, StoreError>;
}

/// Runs of rules over stored transactions, inside a unit of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait RuleRunRepository: Send {
    /// The owner's run over all transactions that goes on, if there is one.
    async fn open(&mut self, owner: UserId) -> Result<Option<RuleRun>, StoreError>;
    /// The owner's run over the transactions of which this decided something, if one goes on, locked. One that another unit of work
    /// holds is stepped over.
    async fn open_of(&mut self, owner: UserId, decider: Uuid) -> Result<Option<RuleRun>, StoreError>;
    /// The same of each of these deciders: those runs of the owner that go on, in no particular order.
    async fn open_of_each(&mut self, owner: UserId, deciders: &[Uuid]) -> Result<Vec<RuleRun>, StoreError>;
    /// How many runs of the owner over all transactions are over and can still be taken back, because they changed something;
    /// counted up to [`RuleRun::KEPT`].
    async fn kept(&mut self, owner: UserId) -> Result<usize, StoreError>;
    /// The run of anybody that goes on and has waited the longest, locked. One that another unit of work holds is stepped
    /// over.
    async fn next(&mut self) -> Result<Option<RuleRun>, StoreError>;
    /// The owner's run, locked.
    async fn find(&mut self, owner: UserId, id: RuleRunId) -> Result<Option<RuleRun>, StoreError>;
    /// Adds a run, or writes how far the one with its id came.
    async fn put(&mut self, run: &RuleRun) -> Result<(), StoreError>;
    /// The same of several runs, in few statements.
    async fn put_all(&mut self, runs: &[RuleRun]) -> Result<(), StoreError>;
    /// Remembers what a run changed. Of a transaction that it changes twice, what was before the first time stays.
    async fn note(&mut self, run: RuleRunId, changes: &[RuleRunChange]) -> Result<(), StoreError>;
    /// What a run changed, by the ids of the transactions.
    async fn changes(
        &mut self,
        run: RuleRunId,
        after: Option<TransactionId>,
        limit: Limit,
    ) -> Result<Vec<RuleRunChange>, StoreError>;
}

/// Reads rules.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait RuleQueries: Send + Sync {
    /// The owner's rules, by their places.
    async fn rules(&self, owner: UserId) -> Result<Vec<Rule>, StoreError>;
    /// The names of the institutions of the owner's accounts that have one.
    async fn institutions(&self, owner: UserId) -> Result<Vec<(AccountId, String)>, StoreError>;
    /// The owner's run.
    async fn rule_run(&self, owner: UserId, id: RuleRunId) -> Result<Option<RuleRun>, StoreError>;
    /// The owner's runs over all transactions of which one goes on and the others can still be taken back, because they changed
    /// something: the newest first, and at most [`RuleRun::SHOWN`].
    async fn shown_runs(&self, owner: UserId) -> Result<Vec<RuleRun>, StoreError>;
    /// Whether a run of anybody goes on.
    async fn has_open_runs(&self) -> Result<bool, StoreError>;
}
