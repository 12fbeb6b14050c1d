//! Shows the positions of an account.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::AccountId,
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
    /// The positions of all the caller's accounts, account by account.
    pub async fn all_holdings(
        &self,
        call: &Call,
        request: ListAllHoldings,
    ) -> Result<Page<Holding, HoldingKey>, LedgerError> {
        let owner = authorize::<ListAllHoldings>(call)?.user;
        Ok(self.queries.all_holdings(owner, request.after, request.limit).await?)
    }

    /// The positions of the caller's account.
    pub async fn holdings(&self, call: &Call, request: ListHoldings) -> Result<Vec<Holding>, LedgerError> {
        let owner = authorize::<ListHoldings>(call)?.user;
        self.queries.account(owner, request.account).await?.ok_or(LedgerError::NotFound("account"))?;
        Ok(self.queries.holdings(owner, request.account).await?)
    }
}
