//! Shows the positions of an account, or of all.

use std::collections::HashSet;

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::{AccountId, UserId},
    identity::Scope,
    ledger::{Holding, HoldingKey},
    page::{Limit, Page},
};

use super::{Ledger, LedgerError};
use crate::request::{authorize, request};

/// The account whose positions are asked for.
#[derive(Debug)]
pub struct ListHoldings {
    /// Its id.
    pub account: AccountId,
}

request!(ListHoldings, "holdings.list", Access::User(Needs::read(Scope::HoldingsRead)));

/// Which positions, of all accounts.
#[derive(Debug)]
pub struct ListAllHoldings {
    /// After this position.
    pub after: Option<HoldingKey>,
    /// How many.
    pub limit: Limit,
}

request!(ListAllHoldings, "holdings.list_all", Access::User(Needs::read(Scope::HoldingsRead)));

impl Ledger {
    /// The positions of all the caller's accounts, account by account. Of accounts that are one those of one are shown: of
    /// the primary one if it has any. A page may therefore have fewer than were asked for.
    pub async fn all_holdings(
        &self,
        call: &Call,
        request: ListAllHoldings,
    ) -> Result<Page<Holding, HoldingKey>, LedgerError> {
        let owner = authorize::<ListAllHoldings>(call)?.user;
        let mut page = self.queries.all_holdings(owner, request.after, request.limit).await?;
        if !page.items.is_empty() {
            let told_elsewhere = self.told_elsewhere(owner, None).await?;
            page.items.retain(|holding| !told_elsewhere.contains(&holding.account));
        }
        Ok(page)
    }

    /// The accounts whose positions another one that is the same tells, too; of all accounts, or of these.
    pub(crate) async fn told_elsewhere(
        &self,
        owner: UserId,
        among: Option<&[AccountId]>,
    ) -> Result<HashSet<AccountId>, LedgerError> {
        let mut linked = self.all_accounts(owner).await?;
        linked.retain(|account| !account.linked().is_empty());
        let mut told = HashSet::new();
        for primary in linked {
            let mut is_told = false;
            let same = std::iter::once(primary.id).chain(primary.linked().iter().copied());
            for id in same.filter(|id| among.is_none_or(|among| among.contains(id))) {
                if is_told {
                    told.insert(id);
                } else {
                    is_told = !self.queries.holdings(owner, id).await?.is_empty();
                }
            }
        }
        Ok(told)
    }

    /// The positions of the caller's account.
    pub async fn holdings(&self, call: &Call, request: ListHoldings) -> Result<Vec<Holding>, LedgerError> {
        let owner = authorize::<ListHoldings>(call)?.user;
        self.queries.account(owner, request.account).await?.ok_or(LedgerError::NotFound("account"))?;
        Ok(self.queries.holdings(owner, request.account).await?)
    }
}
