//! What sales gained.

use std::collections::BTreeMap;

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::{AccountId, UserId},
    identity::Scope,
    ledger::{
        Security,
        portfolio::{Closing, LotMethod, Term, WashSale, wash_sales},
    },
    money::{Currency, Decimal},
    time::Day,
};

use super::{Portfolio, PortfolioError, reckoning::Reckoning};
use crate::{
    request::{authorize, request},
    turn::others_turn,
};

/// Which gains.
#[derive(Debug, Clone, Default)]
pub struct GainsAsked {
    /// Of this account; `None`: of all.
    pub account: Option<AccountId>,
    /// From this day on; `None`: from the first.
    pub from: Option<Day>,
    /// Until and with this day; `None`: until today.
    pub to: Option<Day>,
    /// Which lots a sale took first; `None`: the oldest.
    pub method: Option<LotMethod>,
}

/// Gains by year.
#[derive(Debug, Default)]
pub struct ShowGains(pub GainsAsked);

request!(ShowGains, "portfolio.gains", Access::User(Needs::read(Scope::HoldingsRead)));

/// What gains are made of.
#[derive(Debug, Default)]
pub struct ListClosings(pub GainsAsked);

request!(ListClosings, "portfolio.closings", Access::User(Needs::read(Scope::HoldingsRead)));

/// A part of a lot that is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownClosing {
    /// Its place among all that is gone.
    pub place: usize,
    /// What is gone, and what it brought.
    pub closing: Closing,
    /// Its security.
    pub security: Option<Security>,
    /// What was bought again near a loss.
    pub washed: Vec<WashSale>,
}

/// What a year brought in a currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YearGains {
    /// The year.
    pub year: i32,
    /// The currency.
    pub currency: Currency,
    /// Of what was held for a year at most.
    pub short: Decimal,
    /// Of what was held longer.
    pub long: Decimal,
    /// Of what nobody knows since when it was held.
    pub undated: Decimal,
    /// How many parts of lots are gone.
    pub closings: usize,
    /// Of how many of them the gain is not known: it is in none of the sums.
    pub unknown: usize,
}

impl YearGains {
    /// All that is known; `None` where it is too large.
    pub fn total(&self) -> Option<Decimal> {
        self.short.checked_add(self.long)?.checked_add(self.undated)
    }
}

impl Portfolio {
    /// What the caller's sales gained, by year and currency.
    #[tracing::instrument(name = "portfolio.gains", skip_all)]
    pub async fn gains(&self, call: &Call, request: ShowGains) -> Result<Vec<YearGains>, PortfolioError> {
        let owner = authorize::<ShowGains>(call)?.user;
        let mut years: BTreeMap<(i32, Currency), YearGains> = BTreeMap::new();
        let (reckoning, within) = self.closed(owner, call.now.day(), request.0).await?;
        for closing in reckoning.lots.closed.iter().filter(|closing| within.has(closing)) {
            let &Closing { currency, day, gain, .. } = closing;
            let year = day.year();
            let of = years.entry((year, currency)).or_insert_with(|| YearGains {
                year,
                currency,
                short: Decimal::ZERO,
                long: Decimal::ZERO,
                undated: Decimal::ZERO,
                closings: 0,
                unknown: 0,
            });
            of.closings += 1;
            let sum = match closing.term() {
                Some(Term::Short) => &mut of.short,
                Some(Term::Long) => &mut of.long,
                None => &mut of.undated,
            };
            match gain {
                Some(gain) => *sum = sum.checked_add(gain).ok_or(PortfolioError::TooLarge)?,
                None => of.unknown += 1,
            }
        }
        Ok(years.into_values().collect())
    }

    /// What gains are made of, in the order in which it went.
    #[tracing::instrument(name = "portfolio.closings", skip_all)]
    pub async fn closings(
        &self,
        call: &Call,
        request: ListClosings,
    ) -> Result<Vec<ShownClosing>, PortfolioError> {
        let owner = authorize::<ListClosings>(call)?.user;
        let (Reckoning { lots, securities, .. }, within) =
            self.closed(owner, call.now.day(), request.0).await?;
        others_turn().await;
        let mut washed: BTreeMap<usize, Vec<WashSale>> = BTreeMap::new();
        for wash in wash_sales(&lots)? {
            washed.entry(wash.closing).or_default().push(wash);
        }
        let shown = lots.closed.into_iter().enumerate().filter(|(_, closing)| within.has(closing));
        let shown = shown.map(|(place, closing)| ShownClosing {
            place,
            security: securities.get(&closing.security).cloned(),
            washed: washed.remove(&place).unwrap_or_default(),
            closing,
        });
        Ok(shown.collect())
    }

    /// The whole reckoning, and what of it is asked for.
    async fn closed(
        &self,
        owner: UserId,
        today: Day,
        asked: GainsAsked,
    ) -> Result<(Reckoning, Within), PortfolioError> {
        let to = asked.to.unwrap_or(today);
        if asked.from.is_some_and(|from| from > to) {
            return Err(PortfolioError::UnsuitableTime);
        }
        let account = self.counted(owner, asked.account).await?;
        let method = asked.method.unwrap_or(LotMethod::Fifo);
        let reckoning = self.reckon(owner, method, today).await?;
        Ok((reckoning, Within { account, from: asked.from, to }))
    }
}

/// Which of all that is gone is asked for.
struct Within {
    account: Option<AccountId>,
    from: Option<Day>,
    to: Day,
}

impl Within {
    fn has(&self, closing: &Closing) -> bool {
        self.account.is_none_or(|of| closing.account == of)
            && self.from.is_none_or(|from| closing.day >= from)
            && closing.day <= self.to
    }
}
