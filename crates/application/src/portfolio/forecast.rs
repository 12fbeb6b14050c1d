//! What securities would bring in the next twelve months, if it comes as it came in the last.

use std::collections::BTreeMap;

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::{AccountId, SecurityId},
    identity::Scope,
    money::{Currency, Decimal},
    time::Day,
};

use super::{Chosen, NotKnown, Portfolio, PortfolioError, Position, Reckoning};
use crate::request::{authorize, request};

/// So many months are looked back at, and as many told ahead.
const MONTHS: i32 = 12;

/// Of which account.
#[derive(Debug, Default)]
pub struct ForecastIncome {
    /// Of this account; `None`: of all.
    pub account: Option<AccountId>,
}

request!(ForecastIncome, "portfolio.forecast", Access::User(Needs::read(Scope::TransactionsRead)));

/// What a position brought, and what that is of what it cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PositionYield {
    /// The position as it is now.
    pub position: Position,
    /// The currency of what it brought.
    pub currency: Currency,
    /// Its dividends and interest of the last twelve months.
    pub brought: Decimal,
    /// The same of what it cost: 0.05 is five percent.
    pub on_cost: Result<Decimal, NotKnown>,
    /// The same of what it is worth.
    pub on_value: Result<Decimal, NotKnown>,
}

/// What a month would bring, in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthAhead {
    /// The first day of the month.
    pub month: Day,
    /// The currency.
    pub currency: Currency,
    /// What what is still held brought twelve months earlier.
    pub amount: Decimal,
    /// How many payments that is made of.
    pub payments: usize,
}

/// What is held would bring again what it brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forecast {
    /// Behind this day what it is made of begins.
    pub after: Day,
    /// The months ahead that would bring something, the earliest first.
    pub months: Vec<MonthAhead>,
    /// The positions that brought something, by account and security.
    pub yields: Vec<PositionYield>,
}

impl Portfolio {
    /// What the caller's positions brought in the last twelve months, and would bring in the next.
    #[tracing::instrument(name = "portfolio.forecast", skip_all)]
    pub async fn forecast(&self, call: &Call, request: ForecastIncome) -> Result<Forecast, PortfolioError> {
        let principal = authorize::<ForecastIncome>(call)?;
        let (owner, sees_holdings) =
            (principal.user, principal.scopes.is_none_or(|scopes| scopes.has(Scope::HoldingsRead)));
        let account = self.counted(owner, request.account).await?;
        let today = call.now.day();
        let mut forecast =
            self.reckon(owner, None, today).await?.forecast(Chosen { account, security: None }, today)?;
        if !sees_holdings {
            // What a position brought, held against its yield, says what it cost and is worth.
            forecast.yields.clear();
        }
        Ok(forecast)
    }
}

impl Reckoning {
    /// What is held brought in the twelve months until and with this day, and would bring in the next. Nothing is made larger
    /// for units that came since, and what is no longer held brings nothing.
    pub fn forecast(&self, chosen: Chosen, today: Day) -> Result<Forecast, PortfolioError> {
        let after = today.plus_months(-MONTHS);
        let positions = self.positions(chosen);
        let held: BTreeMap<(AccountId, SecurityId), Position> = positions
            .into_iter()
            .filter(|of| !of.units.is_zero())
            .map(|of| ((of.account, of.id), of))
            .collect();
        let mut months: BTreeMap<(Day, Currency), MonthAhead> = BTreeMap::new();
        let mut brought: BTreeMap<(AccountId, SecurityId, Currency), Decimal> = BTreeMap::new();
        for moved in self.income.iter().filter(|moved| after < moved.day && moved.day <= today) {
            let Some(security) = moved.security else { continue };
            if !held.contains_key(&(moved.account, security)) {
                continue;
            }
            let add = |sum: Decimal| sum.checked_add(moved.amount).ok_or(PortfolioError::TooLarge);
            let sum = brought.entry((moved.account, security, moved.currency)).or_default();
            *sum = add(*sum)?;
            let month = moved.day.plus_months(MONTHS).first_of_month();
            let of = months.entry((month, moved.currency)).or_insert(MonthAhead {
                month,
                currency: moved.currency,
                amount: Decimal::ZERO,
                payments: 0,
            });
            of.amount = add(of.amount)?;
            of.payments += 1;
        }
        let yields = brought.into_iter().filter_map(|((account, security, currency), brought)| {
            let position = held.get(&(account, security))?.clone();
            // What cost nothing, or is worth nothing, has no yield.
            let part_of = |whole: Result<Decimal, NotKnown>, nothing| match whole {
                Ok(_) if currency != position.currency => Err(NotKnown::IncomeCurrency),
                Ok(whole) if whole > Decimal::ZERO => {
                    brought.checked_div(whole).map(|part| part.round_dp(12)).ok_or(NotKnown::TooLarge)
                }
                Ok(_) => Err(nothing),
                Err(why) => Err(why),
            };
            let on_cost = part_of(position.basis, NotKnown::NothingPaid);
            let on_value = part_of(position.value(), NotKnown::WorthNothing);
            Some(PositionYield { position, currency, brought, on_cost, on_value })
        });
        let yields = yields.collect();
        Ok(Forecast { after, months: months.into_values().collect(), yields })
    }
}
