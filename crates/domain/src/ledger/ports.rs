//! Ports of the ledger area.

use async_trait::async_trait;

use crate::{
    connections::{Absence, TransactionWindow},
    id::{AccountId, ConnectionId, DecisionId, ImportId, SyncRunId, TransactionId, UserId},
    money::{Currency, Decimal},
    page::{Limit, Page},
    store::StoreError,
    time::{Day, Timestamp},
};

use super::{
    Account, AccountSource, BalancePoint, BalanceSource, Change, ChangeKey, ChangeKind, DaySum, Decision,
    DecisionState, Holding, Import, ImportState, KeptAccount, KeptTransaction, KnownAs, LedgerClock,
    ListOrder, Shown, TagInUse, TagKey, Transaction, TransactionFilter, Undone,
};

/// Accounts, inside a unit of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait AccountRepository: Send {
    /// Adds the account, or updates the one with the same owner, source and external id; answers the id that
    /// counts. Of an existing account the id, the date of creation and the corrections stay; balances and a last
    /// synchronisation of `None` leave the stored ones, and no balance leaves what the stored one is made of.
    async fn upsert(&mut self, account: &Account) -> Result<AccountId, StoreError>;
    /// Gives the account of this source that is known under one of these `earlier` external ids its new one, in one
    /// guarded statement, unless an account has the new one already; whether it did.
    async fn rename(
        &mut self,
        owner: UserId,
        source: &AccountSource,
        earlier: &[String],
        external_id: &str,
    ) -> Result<bool, StoreError>;
    /// The owner's account, as this unit sees it.
    async fn find(&mut self, owner: UserId, id: AccountId) -> Result<Option<Account>, StoreError>;
    /// The owner's accounts of this connection, oldest first. From here on nobody else writes for the connection until the
    /// unit of work ends.
    async fn of_connection(
        &mut self,
        owner: UserId,
        connection: ConnectionId,
    ) -> Result<Vec<Account>, StoreError>;
    /// Writes what an account is called and its figures, those that are none too; [`StoreError::Stale`] when there is
    /// no such account. Its source, external id and date of creation stay.
    async fn restate(&mut self, account: &Account) -> Result<(), StoreError>;
    /// Removes the owner's account, in one guarded statement, if nothing is in it: no transaction, balance or position,
    /// and nothing that an import told; whether it did.
    async fn remove_empty(&mut self, owner: UserId, id: AccountId) -> Result<bool, StoreError>;
    /// Switches off the connection's accounts that are not listed; how many.
    async fn deactivate_others(
        &mut self,
        owner: UserId,
        connection: ConnectionId,
        keep: &[AccountId],
        now: Timestamp,
    ) -> Result<u64, StoreError>;
}

/// Recorded balances, inside a unit of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait BalanceRepository: Send {
    /// Records the balances; one that is recorded for the same account, source and instant is replaced. Those that a
    /// synchronisation recorded by a clock that was ahead of the one now are removed.
    async fn record(&mut self, points: &[BalancePoint]) -> Result<(), StoreError>;
    /// Removes what was recorded of the account by this source for these instants; how many.
    async fn remove(
        &mut self,
        owner: UserId,
        account: AccountId,
        source: BalanceSource,
        as_of: &[Timestamp],
    ) -> Result<u64, StoreError>;
    /// The latest that an institution or a statement told of the account.
    async fn latest(&mut self, owner: UserId, account: AccountId)
    -> Result<Option<BalancePoint>, StoreError>;
    /// Compares the sums of the account's days with its posted transactions, and mends them if `repair`; the wrong days.
    async fn check_days(
        &mut self,
        owner: UserId,
        account: AccountId,
        repair: bool,
    ) -> Result<Vec<Day>, StoreError>;
}

/// Positions, inside a unit of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait HoldingRepository: Send {
    /// Makes these the positions of the account: adds, updates by external id, and removes the rest.
    async fn replace(
        &mut self,
        owner: UserId,
        account: AccountId,
        holdings: &[Holding],
    ) -> Result<(), StoreError>;
    /// Adds these positions, or updates those with the same external id; the account's others stay.
    async fn merge(
        &mut self,
        owner: UserId,
        account: AccountId,
        holdings: &[Holding],
    ) -> Result<(), StoreError>;
}

/// Transactions, inside a unit of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait TransactionRepository: Send {
    /// The account's transactions with one of these source ids of their own, in no particular order, with what they
    /// are made of and without raw rows.
    async fn with_source_ids(
        &mut self,
        owner: UserId,
        account: AccountId,
        source_ids: &[String],
    ) -> Result<Vec<Transaction>, StoreError>;
    /// What those transactions are known by; unlike them they are not held.
    async fn known(
        &mut self,
        owner: UserId,
        account: AccountId,
        source_ids: &[String],
    ) -> Result<Vec<KnownAs>, StoreError>;
    /// The account's transactions that the source has on these days and that another import than `except`, or none, brought, in no
    /// particular order and without raw rows.
    async fn on_days(
        &mut self,
        owner: UserId,
        account: AccountId,
        days: &[Day],
        except: ImportId,
    ) -> Result<Vec<Transaction>, StoreError>;
    /// Takes the owner's clock, and answers those of the account's transactions with these ids, as they are then and
    /// with their raw rows.
    async fn kept(
        &mut self,
        owner: UserId,
        account: AccountId,
        ids: &[TransactionId],
    ) -> Result<Vec<Transaction>, StoreError>;
    /// The owner's transactions with these ids, whole, in no particular order.
    async fn find_all(
        &mut self,
        owner: UserId,
        ids: &[TransactionId],
    ) -> Result<Vec<Transaction>, StoreError>;
    /// The account's pending transactions, in no particular order and without raw rows.
    async fn pending(&mut self, owner: UserId, account: AccountId) -> Result<Vec<Transaction>, StoreError>;
    /// The account's posted transactions of this window that were not shown and that did not come from an import, in no
    /// particular order.
    async fn unseen(
        &mut self,
        owner: UserId,
        account: AccountId,
        window: TransactionWindow,
        shown: &Shown,
    ) -> Result<Vec<Transaction>, StoreError>;
    /// The account's posted transactions of these days, in no particular order and without raw rows.
    async fn posted_on(
        &mut self,
        owner: UserId,
        account: AccountId,
        days: &[Day],
    ) -> Result<Vec<Transaction>, StoreError>;
    /// The days of this time, both included, on which the account has posted transactions by the day that is shown, in
    /// their order.
    async fn posted_days(
        &mut self,
        owner: UserId,
        account: AccountId,
        from: Day,
        to: Day,
    ) -> Result<Vec<Day>, StoreError>;
    /// Adds transactions, in few statements; how many were new. One whose account, source id and ordinal
    /// exist is left as it is.
    async fn insert(&mut self, transactions: &[Transaction]) -> Result<u64, StoreError>;
    /// Writes changed transactions, found by id; [`StoreError::Stale`] when one of them is not there, or in another
    /// account. The date of creation and the corrections stay, and so does the raw row where none is given.
    async fn update(&mut self, transactions: &[Transaction]) -> Result<(), StoreError>;
    /// Notes that a run was shown these transactions, of which nothing else is written.
    async fn mark_seen(
        &mut self,
        owner: UserId,
        ids: &[TransactionId],
        run: SyncRunId,
    ) -> Result<(), StoreError>;
    /// Marks as removed the account's transactions of this window that were not shown and that did not
    /// come from an import, only pending ones if `absence` says so; how many.
    async fn remove_unseen(
        &mut self,
        owner: UserId,
        account: AccountId,
        window: TransactionWindow,
        shown: &Shown,
        absence: Absence,
        now: Timestamp,
    ) -> Result<u64, StoreError>;
    /// Marks one transaction of the account as removed, by its source id; how many rows that touched.
    async fn remove(
        &mut self,
        owner: UserId,
        account: AccountId,
        source_id: &str,
        now: Timestamp,
    ) -> Result<u64, StoreError>;
}

/// Imports, inside a unit of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait ImportRepository: Send {
    /// Adds an import.
    async fn insert(&mut self, import: &Import) -> Result<(), StoreError>;
    /// Writes its present state.
    async fn update(&mut self, import: &Import) -> Result<(), StoreError>;
    /// The owner's import, locked.
    async fn find(&mut self, owner: UserId, id: ImportId) -> Result<Option<Import>, StoreError>;
    /// Takes the owner's clock, so that no other unit of the owner's ledger ends before this one, and says whether the
    /// import still runs.
    async fn goes_on(&mut self, owner: UserId, id: ImportId) -> Result<bool, StoreError>;
    /// Marks as undone, in one guarded statement, an import that has ended and was not undone; whether it did.
    async fn undo(&mut self, owner: UserId, id: ImportId, undone: Undone) -> Result<bool, StoreError>;
    /// The first of the owner's imports after this one of which nobody knows which of this one's rows they told too:
    /// they were stored before that was remembered, found rows that were known, and are not undone.
    async fn in_doubt(&mut self, owner: UserId, id: ImportId) -> Result<Option<ImportId>, StoreError>;
    /// Marks as interrupted, in one statement, all imports that began before `before` and still run; how many.
    async fn interrupt(&mut self, before: Timestamp, now: Timestamp) -> Result<u64, StoreError>;
}

/// Place of a transaction in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransactionKey {
    /// Its day.
    pub day: Day,
    /// Its id.
    pub id: TransactionId,
    /// Its amount without the sign, in a list by amounts.
    pub amount: Option<Decimal>,
}

/// Place of a position in a list of all accounts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct HoldingKey {
    /// Its account.
    pub account: AccountId,
    /// The source's id of it.
    pub external_id: String,
}

impl TransactionKey {
    /// The place of this one in a list by days.
    pub fn of(transaction: &Transaction) -> Self {
        Self { day: transaction.shown_day(), id: transaction.id, amount: None }
    }

    /// The place of this one in a list of this order.
    pub fn in_order(order: ListOrder, transaction: &Transaction) -> Self {
        let amount = order.is_by_amount().then(|| transaction.shown_amount().abs());
        Self { amount, ..Self::of(transaction) }
    }
}

/// Which imports a list shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ImportFilter {
    /// Only those in this state.
    pub state: Option<ImportState>,
    /// Only those that told of this account.
    pub account: Option<AccountId>,
}

/// Reading side of the ledger area.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait LedgerQueries: Send + Sync {
    /// The owner's account.
    async fn account(&self, owner: UserId, id: AccountId) -> Result<Option<Account>, StoreError>;
    /// The owner's accounts, oldest first; all of them or those of one connection.
    async fn accounts(
        &self,
        owner: UserId,
        connection: Option<ConnectionId>,
        after: Option<AccountId>,
        limit: Limit,
    ) -> Result<Page<Account, AccountId>, StoreError>;
    /// The owner's accounts of imported files, oldest first.
    async fn file_accounts(&self, owner: UserId) -> Result<Vec<Account>, StoreError>;
    /// Some of the accounts of imported files, those of all users, whose external id is neither hashed nor that of an
    /// account without a name: it holds the account's number in clear.
    async fn accounts_in_clear(&self, limit: Limit) -> Result<Vec<Account>, StoreError>;
    /// The owner's transactions, newest day first by the days that are shown unless the filter says otherwise; raw rows and what they are made of are left
    /// out, but for the payee.
    async fn transactions(
        &self,
        owner: UserId,
        filter: TransactionFilter,
        after: Option<TransactionKey>,
        limit: Limit,
    ) -> Result<Page<Transaction, TransactionKey>, StoreError>;
    /// The tags that the owner's transactions have, in the order of their keys. Those of removed transactions do not count.
    async fn tags(
        &self,
        owner: UserId,
        after: Option<TagKey>,
        limit: Limit,
    ) -> Result<Page<TagInUse, TagKey>, StoreError>;
    /// The owner's transaction.
    async fn transaction(&self, owner: UserId, id: TransactionId) -> Result<Option<Transaction>, StoreError>;
    /// The positions of the owner's account, by external id.
    async fn holdings(&self, owner: UserId, account: AccountId) -> Result<Vec<Holding>, StoreError>;
    /// The positions of all the owner's accounts, by account and external id.
    async fn all_holdings(
        &self,
        owner: UserId,
        after: Option<HoldingKey>,
        limit: Limit,
    ) -> Result<Page<Holding, HoldingKey>, StoreError>;
    /// What moved the owner's account on each day, by currency, in the order of the days.
    async fn day_sums(
        &self,
        owner: UserId,
        account: AccountId,
    ) -> Result<Vec<(Currency, DaySum)>, StoreError>;
    /// Every recorded balance of the owner's account, the earliest first.
    async fn balance_points(
        &self,
        owner: UserId,
        account: AccountId,
    ) -> Result<Vec<BalancePoint>, StoreError>;
    /// The owner's clock as it stands, with everything that is stored.
    async fn clock(&self, owner: UserId) -> Result<LedgerClock, StoreError>;
    /// The owner's rows of this sort whose last change is behind `after` and has at most the number `until`, in the
    /// order of the feed. Transactions that are marked as removed are [`ChangedRow::Removed`](super::ChangedRow).
    async fn changes(
        &self,
        owner: UserId,
        kind: ChangeKind,
        after: ChangeKey,
        until: i64,
        limit: Limit,
    ) -> Result<Page<Change, ChangeKey>, StoreError>;
    /// The same of rows of this sort that are no longer stored.
    async fn removals(
        &self,
        owner: UserId,
        kind: ChangeKind,
        after: ChangeKey,
        until: i64,
        limit: Limit,
    ) -> Result<Page<Change, ChangeKey>, StoreError>;
    /// Everybody's accounts from this one on, in the order of their ids, without those of users that are being erased.
    async fn kept_accounts(
        &self,
        from: AccountId,
        limit: Limit,
    ) -> Result<Page<KeptAccount, AccountId>, StoreError>;
    /// The account's transactions that are not marked as removed and whose raw rows are kept, in the order of their
    /// [places](KeptTransaction::place).
    async fn kept_rows(
        &self,
        owner: UserId,
        account: AccountId,
        after: Option<TransactionKey>,
        limit: Limit,
    ) -> Result<Page<KeptTransaction, TransactionKey>, StoreError>;
    /// The owner's imports, newest first, without their problems.
    async fn imports(
        &self,
        owner: UserId,
        filter: ImportFilter,
        after: Option<ImportId>,
        limit: Limit,
    ) -> Result<Page<Import, ImportId>, StoreError>;
    /// The owner's decision about two transactions.
    async fn decision(&self, owner: UserId, id: DecisionId) -> Result<Option<Decision>, StoreError>;
    /// The owner's decisions that make one of two transactions, the newest first and without what was before; all of them
    /// or those that stand there. Transfers are listed apart.
    async fn decisions(
        &self,
        owner: UserId,
        state: Option<DecisionState>,
        after: Option<DecisionId>,
        limit: Limit,
    ) -> Result<Page<Decision, DecisionId>, StoreError>;
    /// The owner's import.
    async fn import(&self, owner: UserId, id: ImportId) -> Result<Option<Import>, StoreError>;
}
