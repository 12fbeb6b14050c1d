//! What an account held on earlier days.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::AccountId,
    identity::Scope,
    ledger::{HeldPosition, HoldingDayKey, HoldingSnapshot},
    page::{Limit, Page},
    time::Day,
};

use super::{Portfolio, PortfolioError};
use crate::request::{authorize, request};

/// What was held at the end of a day.
#[derive(Debug)]
pub struct ShowHoldingsOn {
    /// In this account.
    pub account: AccountId,
    /// The day.
    pub day: Day,
}

request!(ShowHoldingsOn, "holdings.on_day", Access::User(Needs::read(Scope::HoldingsRead)));

/// What was told of an account's positions over some days.
#[derive(Debug)]
pub struct ListHoldingDays {
    /// Of this account.
    pub account: AccountId,
    /// From this day on; `None`: from the first.
    pub from: Option<Day>,
    /// Until and with this day; `None`: until today.
    pub to: Option<Day>,
    /// After this position.
    pub after: Option<HoldingDayKey>,
    /// The most entries a page may have.
    pub limit: Limit,
}

request!(ListHoldingDays, "holdings.history", Access::User(Needs::read(Scope::HoldingsRead)));

impl Portfolio {
    /// What the caller's account held at the end of a day, as it was told for it or last before it; `None` where nothing
    /// was told until then.
    pub async fn holdings_on(
        &self,
        call: &Call,
        request: ShowHoldingsOn,
    ) -> Result<Option<HoldingSnapshot>, PortfolioError> {
        let owner = authorize::<ShowHoldingsOn>(call)?.user;
        let ShowHoldingsOn { account, day } = request;
        self.queries.account(owner, account).await?.ok_or(PortfolioError::NotFound("account"))?;
        Ok(self.queries.holdings_on(owner, account, day).await?)
    }

    /// What was told of the positions of the caller's account, day by day.
    pub async fn holding_days(
        &self,
        call: &Call,
        request: ListHoldingDays,
    ) -> Result<Page<(Day, HeldPosition), HoldingDayKey>, PortfolioError> {
        let owner = authorize::<ListHoldingDays>(call)?.user;
        let ListHoldingDays { account, from, to, after, limit } = request;
        let to = to.unwrap_or_else(|| call.now.day());
        if from.is_some_and(|from| from > to) {
            return Err(PortfolioError::UnsuitableTime);
        }
        self.queries.account(owner, account).await?.ok_or(PortfolioError::NotFound("account"))?;
        let from = from.unwrap_or(Day::FIRST);
        Ok(self.queries.holding_days(owner, account, (from, to), after, limit).await?)
    }
}
