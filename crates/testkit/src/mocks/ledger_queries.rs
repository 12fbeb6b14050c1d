//! [`LedgerQueries`] of the mocked reading side.

use async_trait::async_trait;
use dashtam_domain::{
    id::{AccountId, ConnectionId, DecisionId, ImportId, TransactionId, UserId},
    ledger::{
        Account, BalancePoint, Change, ChangeKey, ChangeKind, DaySum, Decision, DecisionState, Holding,
        HoldingKey, Import, ImportFilter, KeptAccount, KeptTransaction, LedgerClock, LedgerQueries, TagInUse,
        TagKey, Transaction, TransactionFilter, TransactionKey,
    },
    money::Currency,
    page::{Limit, Page},
    store::StoreError,
};

use super::MockQueries;

#[async_trait]
impl LedgerQueries for MockQueries {
    async fn account(&self, owner: UserId, id: AccountId) -> Result<Option<Account>, StoreError> {
        self.ledger.account(owner, id).await
    }

    async fn accounts(
        &self,
        owner: UserId,
        connection: Option<ConnectionId>,
        after: Option<AccountId>,
        limit: Limit,
    ) -> Result<Page<Account, AccountId>, StoreError> {
        self.ledger.accounts(owner, connection, after, limit).await
    }

    async fn file_accounts(&self, owner: UserId) -> Result<Vec<Account>, StoreError> {
        self.ledger.file_accounts(owner).await
    }

    async fn accounts_in_clear(&self, limit: Limit) -> Result<Vec<Account>, StoreError> {
        self.ledger.accounts_in_clear(limit).await
    }

    async fn transactions(
        &self,
        owner: UserId,
        filter: TransactionFilter,
        after: Option<TransactionKey>,
        limit: Limit,
    ) -> Result<Page<Transaction, TransactionKey>, StoreError> {
        self.ledger.transactions(owner, filter, after, limit).await
    }

    async fn tags(
        &self,
        owner: UserId,
        after: Option<TagKey>,
        limit: Limit,
    ) -> Result<Page<TagInUse, TagKey>, StoreError> {
        self.ledger.tags(owner, after, limit).await
    }

    async fn transaction(&self, owner: UserId, id: TransactionId) -> Result<Option<Transaction>, StoreError> {
        self.ledger.transaction(owner, id).await
    }

    async fn holdings(&self, owner: UserId, account: AccountId) -> Result<Vec<Holding>, StoreError> {
        self.ledger.holdings(owner, account).await
    }

    async fn all_holdings(
        &self,
        owner: UserId,
        after: Option<HoldingKey>,
        limit: Limit,
    ) -> Result<Page<Holding, HoldingKey>, StoreError> {
        self.ledger.all_holdings(owner, after, limit).await
    }

    async fn day_sums(
        &self,
        owner: UserId,
        account: AccountId,
    ) -> Result<Vec<(Currency, DaySum)>, StoreError> {
        self.ledger.day_sums(owner, account).await
    }

    async fn balance_points(
        &self,
        owner: UserId,
        account: AccountId,
    ) -> Result<Vec<BalancePoint>, StoreError> {
        self.ledger.balance_points(owner, account).await
    }

    async fn clock(&self, owner: UserId) -> Result<LedgerClock, StoreError> {
        self.ledger.clock(owner).await
    }

    async fn changes(
        &self,
        owner: UserId,
        kind: ChangeKind,
        after: ChangeKey,
        until: i64,
        limit: Limit,
    ) -> Result<Page<Change, ChangeKey>, StoreError> {
        self.ledger.changes(owner, kind, after, until, limit).await
    }

    async fn removals(
        &self,
        owner: UserId,
        kind: ChangeKind,
        after: ChangeKey,
        until: i64,
        limit: Limit,
    ) -> Result<Page<Change, ChangeKey>, StoreError> {
        self.ledger.removals(owner, kind, after, until, limit).await
    }

    async fn kept_accounts(
        &self,
        from: AccountId,
        limit: Limit,
    ) -> Result<Page<KeptAccount, AccountId>, StoreError> {
        self.ledger.kept_accounts(from, limit).await
    }

    async fn kept_rows(
        &self,
        owner: UserId,
        account: AccountId,
        after: Option<TransactionKey>,
        limit: Limit,
    ) -> Result<Page<KeptTransaction, TransactionKey>, StoreError> {
        self.ledger.kept_rows(owner, account, after, limit).await
    }

    async fn imports(
        &self,
        owner: UserId,
        filter: ImportFilter,
        after: Option<ImportId>,
        limit: Limit,
    ) -> Result<Page<Import, ImportId>, StoreError> {
        self.ledger.imports(owner, filter, after, limit).await
    }

    async fn decision(&self, owner: UserId, id: DecisionId) -> Result<Option<Decision>, StoreError> {
        self.ledger.decision(owner, id).await
    }

    async fn decisions(
        &self,
        owner: UserId,
        state: Option<DecisionState>,
        after: Option<DecisionId>,
        limit: Limit,
    ) -> Result<Page<Decision, DecisionId>, StoreError> {
        self.ledger.decisions(owner, state, after, limit).await
    }

    async fn import(&self, owner: UserId, id: ImportId) -> Result<Option<Import>, StoreError> {
        self.ledger.import(owner, id).await
    }
}
