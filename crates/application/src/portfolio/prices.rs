//! Shows and removes prices of a person's own.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::SecurityId,
    identity::Scope,
    ledger::{
        Security,
        portfolio::{PriceKey, PriceSeries, PriceSource, SecurityPrice},
    },
    page::{Limit, Page},
};

use super::{Portfolio, PortfolioError};
use crate::request::{authorize, request};

/// Which prices.
#[derive(Debug, Default)]
pub struct ListPrices {
    /// Of this security; `None`: of all.
    pub security: Option<SecurityId>,
    /// After this place.
    pub after: Option<PriceKey>,
    /// The most entries a page may have.
    pub limit: Limit,
}

request!(ListPrices, "portfolio.prices", Access::User(Needs::read(Scope::HoldingsRead)));

/// Which securities series tell prices of.
#[derive(Debug)]
pub struct ListPriced;

request!(ListPriced, "portfolio.priced", Access::User(Needs::read(Scope::HoldingsRead)));

/// Which series of prices there are.
#[derive(Debug)]
pub struct ListPriceSeries;

request!(ListPriceSeries, "portfolio.price_series", Access::User(Needs::read(Scope::HoldingsRead)));

/// Which prices shall go.
#[derive(Debug)]
pub struct RemovePrices {
    /// Those of this series.
    pub source: PriceSource,
    /// Of this security only; `None`: of all.
    pub security: Option<SecurityId>,
}

request!(RemovePrices, "portfolio.remove_prices", Access::User(Needs::command(Scope::ImportsWrite)));

impl Portfolio {
    /// The prices that the caller's files told, by security, day and series.
    pub async fn prices(
        &self,
        call: &Call,
        request: ListPrices,
    ) -> Result<Page<SecurityPrice, PriceKey>, PortfolioError> {
        let owner = authorize::<ListPrices>(call)?.user;
        let ListPrices { security, after, limit } = request;
        Ok(self.queries.prices(owner, security, after, limit).await?)
    }

    /// The caller's securities of which a series tells a price, in the order of their ids.
    pub async fn priced(&self, call: &Call, _: ListPriced) -> Result<Vec<Security>, PortfolioError> {
        let owner = authorize::<ListPriced>(call)?.user;
        let priced = self.queries.priced(owner).await?;
        if priced.is_empty() {
            return Ok(Vec::new());
        }
        let mut securities = self.by_id(owner).await?;
        Ok(priced.iter().filter_map(|id| securities.remove(id)).collect())
    }

    /// What each of the caller's series tells of each security, by series and security.
    pub async fn price_series(
        &self,
        call: &Call,
        _: ListPriceSeries,
    ) -> Result<Vec<(PriceSeries, Option<Security>)>, PortfolioError> {
        let owner = authorize::<ListPriceSeries>(call)?.user;
        let series = self.queries.price_series(owner).await?;
        if series.is_empty() {
            return Ok(Vec::new());
        }
        let securities = self.by_id(owner).await?;
        let with = |of: PriceSeries| {
            let security = securities.get(&of.security).cloned();
            (of, security)
        };
        Ok(series.into_iter().map(with).collect())
    }

    /// Removes what the caller's series says, of one security or of all; how many prices there were. A series that is not there has
    /// none.
    #[tracing::instrument(name = "portfolio.remove_prices", skip_all)]
    pub async fn remove_prices(&self, call: &Call, request: RemovePrices) -> Result<u64, PortfolioError> {
        let owner = authorize::<RemovePrices>(call)?.user;
        let mut work = self.store.begin().await?;
        work.security_prices().hold_all(owner).await?;
        let removed = work.security_prices().remove(owner, &request.source, request.security).await?;
        work.commit().await?;
        Ok(removed)
    }
}
