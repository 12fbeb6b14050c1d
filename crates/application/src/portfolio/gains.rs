//! What sales gained.

use std::collections::BTreeMap;

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::{AccountId, SecurityId, TransactionId, UserId},
    identity::Scope,
    ledger::{
        Security,
        portfolio::{Closing, LotMethod, Term, WashSale, wash_sales},
    },
    money::{Currency, Decimal},
    time::Day,
};

use super::{Chosen, NotKnown, Portfolio, PortfolioError, Reckoning};
use crate::{
    request::{authorize, request},
    turn::others_turn,
};

/// Which gains.
#[derive(Debug, Clone, Default)]
pub struct GainsAsked {
    /// Of this account; `None`: of all.
    pub account: Option<AccountId>,
    /// Of this security; `None`: of all.
    pub security: Option<SecurityId>,
    /// From this day on; `None`: from the first.
    pub from: Option<Day>,
    /// Until and with this day; `None`: until today.
    pub to: Option<Day>,
    /// Which lots a sale took first; `None`: as each account says.
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
    /// Which lots sales take first in its account.
    pub method: LotMethod,
    /// What it cost.
    pub cost: Result<Decimal, NotKnown>,
    /// What it brought.
    pub proceeds: Result<Decimal, NotKnown>,
    /// What it brought beyond its cost.
    pub gain: Result<Decimal, NotKnown>,
    /// The sale of which lots can be named, if it is one.
    pub sale: Option<TransactionId>,
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
    /// Which lots sales took first in the accounts it is of.
    pub methods: Vec<LotMethod>,
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

/// Which of all that is gone.
#[derive(Debug, Clone, Copy)]
pub struct Within {
    /// Of which account and security.
    pub chosen: Chosen,
    /// From this day on; `None`: from the first.
    pub from: Option<Day>,
    /// Until and with this day.
    pub to: Day,
}

impl Within {
    fn has(&self, closing: &Closing) -> bool {
        self.chosen.has(closing.account, closing.security)
            && self.from.is_none_or(|from| closing.day >= from)
            && closing.day <= self.to
    }
}

impl Portfolio {
    /// What the caller's sales gained, by year and currency.
    #[tracing::instrument(name = "portfolio.gains", skip_all)]
    pub async fn gains(&self, call: &Call, request: ShowGains) -> Result<Vec<YearGains>, PortfolioError> {
        let owner = authorize::<ShowGains>(call)?.user;
        let (reckoning, within) = self.closed(owner, call.now.day(), request.0).await?;
        reckoning.years(within)
    }

    /// What gains are made of, in the order in which it went.
    #[tracing::instrument(name = "portfolio.closings", skip_all)]
    pub async fn closings(
        &self,
        call: &Call,
        request: ListClosings,
    ) -> Result<Vec<ShownClosing>, PortfolioError> {
        let owner = authorize::<ListClosings>(call)?.user;
        let (reckoning, within) = self.closed(owner, call.now.day(), request.0).await?;
        reckoning.closings(within).await
    }

    /// The whole reckoning, and what of it is asked for.
    pub(super) async fn closed(
        &self,
        owner: UserId,
        today: Day,
        asked: GainsAsked,
    ) -> Result<(Reckoning, Within), PortfolioError> {
        let GainsAsked { account, security, from, to, method } = asked;
        let to = to.unwrap_or(today);
        if from.is_some_and(|from| from > to) {
            return Err(PortfolioError::UnsuitableTime);
        }
        let chosen = Chosen { account: self.counted(owner, account).await?, security };
        let reckoning = self.reckon(owner, method, today).await?;
        Ok((reckoning, Within { chosen, from, to }))
    }
}

impl Reckoning {
    /// What sales gained, by year and currency.
    pub fn years(&self, within: Within) -> Result<Vec<YearGains>, PortfolioError> {
        let mut years: BTreeMap<(i32, Currency), YearGains> = BTreeMap::new();
        for closing in self.lots.closed.iter().filter(|closing| within.has(closing)) {
            let &Closing { account, currency, day, gain, .. } = closing;
            let year = day.year();
            let of = years.entry((year, currency)).or_insert_with(|| YearGains {
                year,
                currency,
                short: Decimal::ZERO,
                long: Decimal::ZERO,
                undated: Decimal::ZERO,
                methods: Vec::new(),
                closings: 0,
                unknown: 0,
            });
            of.closings += 1;
            let method = self.method(account);
            if !of.methods.contains(&method) {
                of.methods.push(method);
            }
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

    /// What gains are made of, in the order in which it went. It lets others have their turn.
    pub async fn closings(&self, within: Within) -> Result<Vec<ShownClosing>, PortfolioError> {
        others_turn().await;
        let mut washed: BTreeMap<usize, Vec<WashSale>> = BTreeMap::new();
        for wash in wash_sales(&self.lots)? {
            washed.entry(wash.closing).or_default().push(wash);
        }
        others_turn().await;
        let shown = self.lots.closed.iter().enumerate().filter(|(_, closing)| within.has(closing));
        let shown = shown.map(|(place, closing)| {
            let method = self.method(closing.account);
            ShownClosing {
                place,
                security: self.securities.get(&closing.security).cloned(),
                method,
                cost: NotKnown::cost_of(closing, method),
                proceeds: NotKnown::proceeds_of(closing, method),
                gain: NotKnown::gain_of(closing, method),
                sale: closing.closed_by.filter(|id| self.trades.contains(id)),
                washed: washed.remove(&place).unwrap_or_default(),
                closing: closing.clone(),
            }
        });
        Ok(shown.collect())
    }
}
