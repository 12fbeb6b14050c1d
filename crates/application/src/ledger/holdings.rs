//! Shows the positions of an account.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::AccountId,
    identity::Scope,
    ledger::Holding,
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

impl Ledger {
    /// The positions of the caller's account.
    pub async fn holdings(&self, call: &Call, request: ListHoldings) -> Result<Vec<Holding>, LedgerError> {
        let owner = authorize::<ListHoldings>(call)?.user;
        self.queries.account(owner, request.account).await?.ok_or(LedgerError::NotFound("account"))?;
        Ok(self.queries.holdings(owner, request.account).await?)
    }
}
