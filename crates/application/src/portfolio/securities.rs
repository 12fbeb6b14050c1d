//! Shows the securities that a user's sources tell of.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::SecurityId,
    identity::Scope,
    ledger::Security,
    page::{Limit, Page},
};

use super::{Portfolio, PortfolioError};
use crate::request::{authorize, request};

/// Which securities.
#[derive(Debug)]
pub struct ListSecurities {
    /// After this one.
    pub after: Option<SecurityId>,
    /// The most entries a page may have.
    pub limit: Limit,
}

request!(ListSecurities, "securities.list", Access::User(Needs::read(Scope::HoldingsRead)));

/// Which security.
#[derive(Debug)]
pub struct GetSecurity {
    /// Its id.
    pub security: SecurityId,
}

request!(GetSecurity, "securities.get", Access::User(Needs::read(Scope::HoldingsRead)));

impl Portfolio {
    /// The caller's securities, oldest first.
    pub async fn securities(
        &self,
        call: &Call,
        request: ListSecurities,
    ) -> Result<Page<Security, SecurityId>, PortfolioError> {
        let owner = authorize::<ListSecurities>(call)?.user;
        Ok(self.queries.securities(owner, request.after, request.limit).await?)
    }

    /// The caller's security.
    pub async fn security(&self, call: &Call, request: GetSecurity) -> Result<Security, PortfolioError> {
        let owner = authorize::<GetSecurity>(call)?.user;
        let found = self.queries.security(owner, request.security).await?;
        found.ok_or(PortfolioError::NotFound("security"))
    }
}
