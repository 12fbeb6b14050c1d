//! Which accounts are of securities.

use std::collections::{BTreeMap, BTreeSet};

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::{AccountId, UserId},
    identity::Scope,
    ledger::{Account, Invests},
    page::Limit,
    store::StoreError,
};

use super::{Portfolio, PortfolioError};
use crate::request::{authorize, request};

/// Which of the caller's accounts are of securities.
#[derive(Debug)]
pub struct ListInvesting;

request!(ListInvesting, "portfolio.investing", Access::User(Needs::read(Scope::HoldingsRead)));

/// How far each account of an owner is one of securities. There is no other rule: what has lots has them everywhere.
#[derive(Debug, Clone, Default)]
pub struct Investing(BTreeMap<AccountId, Invests>);

impl Investing {
    /// What holds of these accounts, where positions were ever told of those `holders`.
    fn of(accounts: &[Account], holders: &[AccountId]) -> Self {
        let holders: BTreeSet<AccountId> = holders.iter().copied().collect();
        let told = accounts.iter().filter(|account| holders.contains(&account.id));
        let told: BTreeSet<AccountId> = told.map(Account::counts_as).collect();
        let primary = accounts.iter().filter(|account| account.same_as().is_none());
        Self(primary.map(|account| (account.id, account.invests(told.contains(&account.id)))).collect())
    }

    /// How far this account is one of securities; of accounts that are one, what holds of that one.
    pub fn how(&self, account: &Account) -> Invests {
        self.0.get(&account.counts_as()).copied().unwrap_or(Invests::No)
    }

    /// Whether any account is.
    pub fn are_any(&self) -> bool {
        self.0.values().any(|of| *of == Invests::Does)
    }
}

impl Portfolio {
    /// Which of the caller's accounts are of securities.
    #[tracing::instrument(name = "portfolio.investing", skip_all)]
    pub async fn investing(&self, call: &Call, _: ListInvesting) -> Result<Investing, PortfolioError> {
        let owner = authorize::<ListInvesting>(call)?.user;
        Ok(self.all_investing(owner).await?.1)
    }

    /// The owner's accounts of which lots are reckoned, those of other sources that are one of them included, and how far each
    /// is one of securities.
    pub(super) async fn all_investing(&self, owner: UserId) -> Result<(Vec<Account>, Investing), StoreError> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = self.queries.accounts(owner, None, after, most()).await?;
            all.extend(page.items);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let investing = Investing::of(&all, &self.queries.holders(owner).await?);
        all.retain(|account| investing.how(account).has_lots());
        Ok((all, investing))
    }
}

/// The largest page.
pub(super) fn most() -> Limit {
    Limit::new(Limit::MAX).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use dashtam_domain::ledger::AccountKind;
    use dashtam_testkit::builders;

    use super::*;

    #[test]
    fn an_account_invests_by_its_sort_or_by_what_it_was_told_to_hold() {
        let owner = UserId(uuid::Uuid::nil());
        let of = |number: &str, kind| Account { kind, ..builders::file_account(owner, number) };
        let accounts = [
            of("1", AccountKind::Brokerage),
            of("2", AccountKind::Other),
            of("3", AccountKind::Savings),
            of("4", AccountKind::Savings),
        ];
        let investing = Investing::of(&accounts, &[accounts[3].id]);
        let how = [Invests::Does, Invests::May, Invests::No, Invests::Does];
        assert_eq!(accounts.each_ref().map(|account| investing.how(account)), how);
        assert!(investing.are_any());
        assert!(!Investing::of(&accounts[1..3], &[]).are_any());
    }
}
