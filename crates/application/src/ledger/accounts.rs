//! Shows accounts with their balances.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::{AccountId, ConnectionId},
    identity::Scope,
    ledger::{Account, Covered},
    page::{Limit, Page},
};

use super::{Ledger, LedgerError};
use crate::request::{authorize, request};

/// Which accounts.
#[derive(Debug)]
pub struct ListAccounts {
    /// Only of this connection.
    pub connection: Option<ConnectionId>,
    /// After this account.
    pub after: Option<AccountId>,
    /// The most entries a page may have.
    pub limit: Limit,
}

request!(ListAccounts, "accounts.list", Access::User(Needs::read(Scope::AccountsRead)));

/// Which balances: one of each account.
#[derive(Debug)]
pub struct ListBalances {
    /// After this account.
    pub after: Option<AccountId>,
    /// The most entries a page may have.
    pub limit: Limit,
}

request!(ListBalances, "balances.list", Access::User(Needs::read(Scope::BalancesRead)));

/// Of which connection it is asked which days of its accounts are known.
#[derive(Debug)]
pub struct ShowCoverage {
    /// Its id.
    pub connection: ConnectionId,
}

request!(ShowCoverage, "connections.coverage", Access::User(Needs::read(Scope::ConnectionsRead)));

/// Of which days the transactions of an account are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountCoverage {
    /// The account.
    pub account: AccountId,
    /// The days; `None` while nobody knows.
    pub days: Option<Covered>,
}

/// Which account.
#[derive(Debug)]
pub struct GetAccount {
    /// Its id.
    pub account: AccountId,
}

request!(GetAccount, "accounts.get", Access::User(Needs::read(Scope::AccountsRead)));

impl Ledger {
    /// The caller's accounts, oldest first.
    pub async fn accounts(
        &self,
        call: &Call,
        request: ListAccounts,
    ) -> Result<Page<Account, AccountId>, LedgerError> {
        let owner = authorize::<ListAccounts>(call)?.user;
        Ok(self.queries.accounts(owner, request.connection, request.after, request.limit).await?)
    }

    /// The caller's accounts with their present balances, oldest first. Accounts that are one have one balance: the latest
    /// that any of them was told, under the primary one.
    pub async fn balances(
        &self,
        call: &Call,
        request: ListBalances,
    ) -> Result<Page<Account, AccountId>, LedgerError> {
        let owner = authorize::<ListBalances>(call)?.user;
        let Page { items, next } = self.queries.accounts(owner, None, request.after, request.limit).await?;
        let mut balances = Vec::with_capacity(items.len());
        for account in items.into_iter().filter(|account| account.same_as().is_none()) {
            let mut linked = Vec::with_capacity(account.linked().len());
            for other in account.linked() {
                linked.extend(self.queries.account(owner, *other).await?);
            }
            balances.push(account.with_latest_balance(&linked));
        }
        Ok(Page { items: balances, next })
    }

    /// Of which days the transactions of a connection's accounts are known, the oldest account first.
    pub async fn coverage(
        &self,
        call: &Call,
        request: ShowCoverage,
    ) -> Result<Vec<AccountCoverage>, LedgerError> {
        let owner = authorize::<ShowCoverage>(call)?.user;
        let (mut covered, mut after) = (Vec::new(), None);
        loop {
            let limit = Limit::new(Limit::MAX).unwrap_or_default();
            let page = self.queries.accounts(owner, Some(request.connection), after, limit).await?;
            let days = |account: &Account| AccountCoverage { account: account.id, days: account.covered };
            covered.extend(page.items.iter().map(days));
            after = page.next;
            if after.is_none() {
                return Ok(covered);
            }
        }
    }

    /// The caller's account.
    pub async fn account(&self, call: &Call, request: GetAccount) -> Result<Account, LedgerError> {
        let owner = authorize::<GetAccount>(call)?.user;
        self.queries.account(owner, request.account).await?.ok_or(LedgerError::NotFound("account"))
    }
}
