//! Shows the price that counts for a security on a day, and where it is from.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::{AccountId, SecurityId, TransactionId},
    identity::Scope,
    ledger::{
        HeldPosition, Security,
        portfolio::{Action, Happening, PRICE_LASTS, PriceSource, SecurityPrice, in_order, splits_between},
    },
    money::{Currency, Decimal},
    time::Day,
};

use super::{GetSecurity, Portfolio, PortfolioError};
use crate::request::{authorize, request};

/// A price is looked for so many days back.
const LOOKS_BACK: i64 = 365;

/// Which price.
#[derive(Debug)]
pub struct ShowPrice {
    /// Of this security.
    pub security: SecurityId,
    /// On this day; `None`: today.
    pub day: Option<Day>,
}

request!(ShowPrice, "securities.price", Access::User(Needs::read(Scope::HoldingsRead)));

/// Where a price is from. Of several of one day the earlier listed one counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PriceFrom {
    /// An institution or a statement told it of a position of this account.
    Institution(AccountId),
    /// It is what one unit cost or brought in this transaction, before fees.
    Trade(TransactionId),
    /// A series of the person's own has it.
    Series(PriceSource),
}

/// The price that counts for a security on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceOn {
    /// Of one unit of its day.
    pub price: Decimal,
    /// Its currency.
    pub currency: Currency,
    /// For which day it was told.
    pub day: Day,
    /// Where it is from.
    pub from: PriceFrom,
    /// How many days it is older than the day it is asked for.
    pub age: i64,
    /// How many units one became since by splits; `None` where that is not sure.
    pub split_factor: Option<Decimal>,
    /// What one unit of the day that is asked for is worth by it; `None` where splits are not sure.
    pub adjusted: Option<Decimal>,
}

impl PriceOn {
    /// Whether it is too old to count as one of the day.
    pub fn is_stale(&self) -> bool {
        self.age > PRICE_LASTS
    }
}

/// The price for a day, if there is any of the year before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownPrice {
    /// The security.
    pub security: Security,
    /// The day.
    pub day: Day,
    /// The price.
    pub found: Option<PriceOn>,
}

/// A price that may count.
struct Candidate {
    day: Day,
    price: Decimal,
    currency: Currency,
    from: PriceFrom,
    /// Since when its unit is the same.
    unit_of: Day,
}

/// What institutions told.
fn told(rows: Vec<(AccountId, Day, HeldPosition)>) -> impl Iterator<Item = Candidate> {
    rows.into_iter().filter_map(|(account, day, held)| {
        let (price, currency) = (held.price?, held.currency);
        Some(Candidate { day, price, currency, from: PriceFrom::Institution(account), unit_of: day })
    })
}

/// What one unit cost or brought in a trade.
fn traded(of: &Happening, security: &Security) -> Option<Candidate> {
    let Action::Trade { units, gross: Some(gross), .. } = &of.action else { return None };
    if of.security != security.id || gross.is_zero() {
        return None;
    }
    let each = gross.abs().checked_div(units.abs())?;
    let price = each.checked_div(security.multiplier.unwrap_or(Decimal::ONE))?.round_dp(10).normalize();
    let from = PriceFrom::Trade(of.transaction?);
    Some(Candidate { day: of.day, price, currency: of.currency, from, unit_of: of.day })
}

fn of_series(of: SecurityPrice) -> Candidate {
    let SecurityPrice { key, price, currency, is_adjusted, told_at } = of;
    let unit_of = if is_adjusted { told_at.day() } else { key.day };
    Candidate { day: key.day, price, currency, from: PriceFrom::Series(key.source), unit_of }
}

/// The newest; of one day the one whose origin comes first, and of several trades or series of a day the last of them.
fn best(candidates: Vec<Candidate>) -> Option<Candidate> {
    let rank = |of: &Candidate| match of.from {
        PriceFrom::Institution(_) => 2,
        PriceFrom::Trade(_) => 1,
        PriceFrom::Series(_) => 0,
    };
    candidates.into_iter().max_by_key(|of| (of.day, rank(of)))
}

impl Portfolio {
    /// The price that counts for the caller's security on a day: the newest of the year before it, and of one day that of an institution,
    /// of a trade, or of a series, in this order. Splits since then are those that transactions tell of.
    #[tracing::instrument(name = "securities.price", skip_all)]
    pub async fn price_on(&self, call: &Call, request: ShowPrice) -> Result<ShownPrice, PortfolioError> {
        let owner = authorize::<ShowPrice>(call)?.user;
        let security = self.security(call, GetSecurity { security: request.security }).await?;
        let day = request.day.unwrap_or_else(|| call.now.day());
        let days = (day.plus_days(-LOOKS_BACK), day);
        let (accounts, _) = self.all_investing(owner).await?;
        let mut happenings = self.read(owner, &accounts, Some(days.0)).await?.happenings;
        in_order(&mut happenings);
        let mut series = self.queries.security_prices(owner, security.id, days).await?;
        series.sort_by_key(|of| of.told_at);
        let mut candidates: Vec<Candidate> = series.into_iter().map(of_series).collect();
        let is_until = |of: &&Happening| of.day <= day;
        candidates.extend(happenings.iter().filter(is_until).filter_map(|of| traded(of, &security)));
        candidates.extend(told(self.queries.security_days(owner, security.id, days).await?));
        let found = best(candidates).map(|of| {
            let (first, last) = (of.unit_of.min(day), of.unit_of.max(day));
            let split_factor = splits_between(security.id, first, last, &happenings)
                // A unit of a later day is not one of this day where it was split.
                .filter(|factor| of.unit_of <= day || *factor == Decimal::ONE);
            let adjusted = split_factor.and_then(|factor| of.price.checked_div(factor));
            PriceOn {
                price: of.price,
                currency: of.currency,
                day: of.day,
                from: of.from,
                age: day.days_since(of.day),
                split_factor,
                adjusted: adjusted.map(|price| price.round_dp(10).normalize()),
            }
        });
        Ok(ShownPrice { security, day, found })
    }
}
