//! What imports told of accounts, balances and rows: remembered so that an import can be undone without taking
//! away what others told too.

use async_trait::async_trait;

use crate::{
    id::{AccountId, ImportId, TransactionId, UserId},
    money::Currency,
    store::StoreError,
    time::Timestamp,
};

use super::{Account, AccountKind, BalancePoint, TransactionStatus};

/// What an import told of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldAccount {
    /// Whose account it is.
    pub owner: UserId,
    /// Which import.
    pub import: ImportId,
    /// Which account.
    pub account: AccountId,
    /// Whether the account is there because of it: it made the account, or the import that made it was undone.
    pub made: bool,
    /// Name of the institution.
    pub institution: Option<String>,
    /// The account's name.
    pub name: String,
    /// Masked number for people.
    pub mask: Option<String>,
    /// What sort.
    pub kind: AccountKind,
    /// Its currency.
    pub currency: Currency,
    /// When the import began.
    pub at: Timestamp,
}

impl ToldAccount {
    /// What an import says by this account, as it is written.
    pub fn of(account: &Account, import: ImportId, made: bool, at: Timestamp) -> Self {
        Self {
            owner: account.owner,
            import,
            account: account.id,
            made,
            institution: account.institution.clone(),
            name: account.name.clone(),
            mask: account.mask.clone(),
            kind: account.kind,
            currency: account.currency,
            at,
        }
    }

    /// The order in which imports told.
    fn place(&self) -> (Timestamp, ImportId) {
        (self.at, self.import)
    }
}

/// A balance as an import told it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedBalance {
    /// Which import.
    pub import: ImportId,
    /// The recorded balance, as this import alone would have it.
    pub point: BalancePoint,
}

impl ImportedBalance {
    fn place(&self) -> (Timestamp, ImportId) {
        (self.point.created_at, self.import)
    }
}

/// What an import said of a row that it did not bring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ToldFate {
    /// That it is there.
    Known,
    /// That it is taken back by a correction. `former` is its status before, unless it was marked already.
    Removed {
        /// The status that an undo gives back.
        former: Option<TransactionStatus>,
    },
}

/// A row that an import told of and did not bring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToldRow {
    /// Which row.
    pub transaction: TransactionId,
    /// What it said.
    pub fate: ToldFate,
}

/// Everything imports told of one account, this or that import's alike.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tellings {
    /// Of the account.
    pub accounts: Vec<ToldAccount>,
    /// Of its balances.
    pub balances: Vec<ImportedBalance>,
}

/// What became of the rows of an import that is undone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TakenBack {
    /// Rows that only this import brought: gone.
    pub removed: u64,
    /// Rows that it brought and another import or a synchronisation told too: they stay.
    pub kept: u64,
    /// Rows that a correction of this import had taken back: there again.
    pub restored: u64,
}

/// How an import's balances are taken back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BalancesTakenBack {
    /// What other imports told of the same instants, and had been written over.
    pub recorded: Vec<BalancePoint>,
    /// The instants of which nobody else tells.
    pub removed: Vec<Timestamp>,
}

impl Tellings {
    /// What this import told of the account.
    pub fn own(&self, import: ImportId) -> Option<&ToldAccount> {
        self.accounts.iter().find(|told| told.import == import)
    }

    /// What becomes of the recorded balances without this import.
    pub fn balances_without(&self, import: ImportId) -> BalancesTakenBack {
        let mut back = BalancesTakenBack::default();
        for own in self.balances.iter().filter(|told| told.import == import) {
            let others = self.balances.iter();
            let others = others.filter(|told| told.import != import && told.point.as_of == own.point.as_of);
            match others.max_by_key(|told| told.place()) {
                None => back.removed.push(own.point.as_of),
                // What somebody else told later is what is recorded.
                Some(other) if other.place() > own.place() => {}
                Some(other) => back.recorded.push(other.point.clone()),
            }
        }
        back
    }

    /// The account without this import, if that is another one. `latest` is the latest balance that is recorded when
    /// this import's are taken back.
    pub fn account_without(
        &self,
        import: ImportId,
        stored: &Account,
        latest: Option<&BalancePoint>,
        now: Timestamp,
    ) -> Option<Account> {
        let own = self.own(import)?;
        let others = || self.accounts.iter().filter(|told| told.import != import);
        let last = others().max_by_key(|told| told.place());
        let mut account = stored.clone();
        if let Some(last) = last.filter(|last| last.place() < own.place()) {
            account.institution.clone_from(&last.institution);
            account.name.clone_from(&last.name);
            account.mask.clone_from(&last.mask);
            (account.kind, account.currency) = (last.kind, last.currency);
        }
        let told = |as_of| self.balances.iter().any(|b| b.import == import && b.point.as_of == as_of);
        if stored.balance_as_of.is_some_and(told) {
            account.balance = latest.map(|point| point.balance);
            account.available = latest.and_then(|point| point.available);
            account.parts = latest.map(|point| point.parts).unwrap_or_default();
            account.balance_as_of = latest.map(|point| point.as_of);
        }
        if stored.last_synced_at == Some(own.at) {
            account.last_synced_at = others().map(|told| told.at).max();
        }
        if account == *stored {
            return None;
        }
        account.updated_at = now;
        Some(account)
    }

    /// The import that the account is there because of, once this one is undone: the first of the others. `None` when
    /// this one is not what made it.
    pub fn heir(&self, import: ImportId) -> Option<ToldAccount> {
        self.own(import).filter(|own| own.made)?;
        let first = self.accounts.iter().filter(|told| told.import != import).min_by_key(|told| told.place());
        first.map(|first| ToldAccount { made: true, ..first.clone() })
    }
}

/// What imports told, inside a unit of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait ToldRepository: Send {
    /// Notes what an import told of an account; told again, the later counts, and an account that it made stays made
    /// by it.
    async fn note_account(&mut self, told: &ToldAccount) -> Result<(), StoreError>;
    /// Notes what an import, whose account is noted, told of a balance; told again of the same instant, the later
    /// counts.
    async fn note_balance(&mut self, told: &ImportedBalance) -> Result<(), StoreError>;
    /// Notes what an import, whose account is noted, told of rows that it did not bring. What it said already stays.
    async fn note_rows(
        &mut self,
        owner: UserId,
        import: ImportId,
        account: AccountId,
        rows: &[ToldRow],
    ) -> Result<(), StoreError>;
    /// The accounts that an import told of.
    async fn accounts(&mut self, owner: UserId, import: ImportId) -> Result<Vec<AccountId>, StoreError>;
    /// All that was told of an account.
    async fn of_account(&mut self, owner: UserId, account: AccountId) -> Result<Tellings, StoreError>;
    /// Takes back what an import did to rows, in few statements: those it brought are deleted unless another import
    /// or a run told them too, and then belong to that import or to nobody; those that its corrections had marked as
    /// removed are given their status back unless another import's correction marks them too. What it told of rows
    /// is forgotten.
    async fn take_back_rows(
        &mut self,
        owner: UserId,
        import: ImportId,
        now: Timestamp,
    ) -> Result<TakenBack, StoreError>;
    /// Forgets what an import told of accounts and balances.
    async fn forget(&mut self, owner: UserId, import: ImportId) -> Result<(), StoreError>;
}

#[cfg(test)]
#[path = "told_tests.rs"]
mod tests;
