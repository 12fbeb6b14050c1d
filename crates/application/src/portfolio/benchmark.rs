//! What a security returned in the time of a portfolio's return.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
};

use dashtam_domain::{
    id::{AccountId, UserId},
    ledger::{
        Account, HeldPosition, Security,
        portfolio::{
            ANNUAL_FROM, NoBenchmark, PRICE_LASTS, PriceSource, SecurityPrice, ToldPrice, annualised,
            last_of_each, price_return, series_factor, split_factor,
        },
        worth::{Conversion, PIVOT, RATE_LASTS, RateBook},
    },
    money::{Currency, Decimal},
    store::StoreError,
    time::Day,
};

use super::{Performance, Portfolio, PortfolioError};

/// A price that the return of a benchmark goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BenchmarkPrice {
    /// For which day it was told.
    pub day: Day,
    /// What one unit was worth.
    pub price: Decimal,
    /// The currency of that.
    pub currency: Currency,
    /// The same in the currency of the portfolio's return; `None` where no rate was told.
    pub converted: Option<Decimal>,
    /// The day of the rate; `None` where none was needed or told.
    pub rate_day: Option<Day>,
}

/// What a security returned by its price, beside a portfolio: without its dividends, and without what else it brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Benchmark {
    /// The security.
    pub security: Security,
    /// The account that was told the prices; `None` where none was told both.
    pub account: Option<AccountId>,
    /// The series of a file that they are of; `None` where no account was told both and no series has both either.
    pub source: Option<PriceSource>,
    /// The price of the first day: the last that was told until it.
    pub start: Option<BenchmarkPrice>,
    /// The price of the last day: the last that was told until it, and behind the first.
    pub end: Option<BenchmarkPrice>,
    /// How many units one became in between by splits.
    pub split_factor: Option<Decimal>,
    /// What it returned from the first price to the last, in the currency of the portfolio's return; or why nobody knows.
    pub rate: Result<Decimal, NoBenchmark>,
    /// The same for a year, of a year or more.
    pub annual: Option<Decimal>,
    /// The time-weighted return of the portfolio without that of the benchmark; `None` where one of them is not known.
    pub difference: Option<Decimal>,
}

/// Rows of positions: of which account, for which day, and what is held.
type Held = Vec<(AccountId, Day, HeldPosition)>;

/// The last price that each account was told in some days; of accounts that are one, the last of all of them, and of one day
/// that of the one as which they count.
fn last_prices(
    rows: Held,
    counts_as: &HashMap<AccountId, AccountId>,
    price: impl Fn(Day, &[HeldPosition]) -> Option<ToldPrice>,
) -> BTreeMap<AccountId, ToldPrice> {
    let mut days: BTreeMap<(Day, bool, AccountId), Vec<HeldPosition>> = BTreeMap::new();
    for (account, day, held) in rows {
        let is_primary = counts_as.get(&account) == Some(&account);
        days.entry((day, is_primary, account)).or_default().push(held);
    }
    let of_day = |((day, _, account), held): ((Day, bool, AccountId), Vec<HeldPosition>)| {
        Some((*counts_as.get(&account)?, price(day, &held)?))
    };
    days.into_iter().filter_map(of_day).collect()
}

/// A price: its day, what one unit was worth, and the currency of that.
type Quote = (Day, Decimal, Currency);

/// The units that are held, at a price of a series.
fn held_units(day: Day, held: &[HeldPosition], at: &SecurityPrice) -> Option<ToldPrice> {
    let mut units = held.iter().map(|held| held.quantity);
    let units = units.try_fold(Decimal::ZERO, |sum, units| sum.checked_add(units))?;
    Some(ToldPrice { day, price: at.price, currency: at.currency, units })
}

/// The first and the last price of one series: of several the one with the nearest prices, and of those what was told last.
fn of_one_series(
    first: Vec<SecurityPrice>,
    last: Vec<SecurityPrice>,
) -> Option<(SecurityPrice, SecurityPrice)> {
    let both = last.into_iter().filter_map(|end| {
        let start = first.iter().find(|start| start.key.source == end.key.source)?;
        Some((start.clone(), end))
    });
    both.max_by_key(|(start, end)| (end.key.day, start.key.day, end.told_at, Reverse(end.key.source.clone())))
}

impl Portfolio {
    /// What the owner's security returned in the time of this return. The accounts are all of the owner's that hold securities.
    pub(super) async fn beside(
        &self,
        owner: UserId,
        security: Security,
        accounts: &[Account],
        of: &Performance,
    ) -> Result<Benchmark, PortfolioError> {
        let mut told = Benchmark {
            security,
            account: None,
            source: None,
            start: None,
            end: None,
            split_factor: None,
            rate: Err(NoBenchmark::NoPeriod),
            annual: None,
            difference: None,
        };
        let (Some(from), Some(to), Some(currency)) = (of.from, of.to, of.currency) else { return Ok(told) };
        let found = self.returned_by_price(owner, accounts, (from, to), currency, &mut told).await;
        told.rate = match found {
            Err(PortfolioError::TooMuch) => Err(NoBenchmark::TooMuch),
            found => found?,
        };
        if let Ok(rate) = told.rate {
            let days = to.days_since(from);
            told.annual = (days >= ANNUAL_FROM).then(|| annualised(rate, days)).flatten();
            told.difference = of.time_weighted.ok().and_then(|of| of.rate.checked_sub(rate));
        }
        Ok(told)
    }

    /// The return by price between two days, with what it goes by noted down.
    async fn returned_by_price(
        &self,
        owner: UserId,
        accounts: &[Account],
        (from, to): (Day, Day),
        currency: Currency,
        told: &mut Benchmark,
    ) -> Result<Result<Decimal, NoBenchmark>, PortfolioError> {
        let counts_as: HashMap<AccountId, AccountId> =
            accounts.iter().map(|account| (account.id, account.counts_as())).collect();
        let security = told.security.id;
        // A price of the first day or before it says nothing of what came behind it.
        let (at_start, at_end) =
            ((from.plus_days(-PRICE_LASTS), from), (to.plus_days(-PRICE_LASTS).max(from.plus_days(1)), to));
        let held_first = self.queries.security_days(owner, security, at_start).await?;
        let held_last = self.queries.security_days(owner, security, at_end).await?;
        let starts = last_prices(held_first.clone(), &counts_as, ToldPrice::of);
        let ends = last_prices(held_last.clone(), &counts_as, ToldPrice::of);
        // Of several accounts the one that was told the nearest prices, and of those one whose units are the same on both days.
        let both = ends.iter().filter_map(|(account, end)| Some((*account, *starts.get(account)?, *end)));
        let best = both.min_by_key(|(account, start, end)| {
            (Reverse(end.day), Reverse(start.day), start.units != end.units, *account)
        });
        let Some((account, start, end)) = best else {
            let first = last_of_each(self.queries.security_prices(owner, security, at_start).await?);
            let last = last_of_each(self.queries.security_prices(owner, security, at_end).await?);
            let none = if starts.is_empty() && first.is_empty() {
                NoBenchmark::NoPriceAtStart
            } else if ends.is_empty() && last.is_empty() {
                NoBenchmark::NoPriceAtEnd
            } else {
                NoBenchmark::NoCommonAccount
            };
            let Some((start, end)) = of_one_series(first, last) else { return Ok(Err(none)) };
            let units = |day, held: &[HeldPosition]| held_units(day, held, &start);
            let before = last_prices(held_first, &counts_as, units);
            let after = last_prices(held_last, &counts_as, units);
            let both =
                after.iter().filter_map(|(account, after)| Some((*account, *before.get(account)?, *after)));
            let held: Vec<(AccountId, ToldPrice, ToldPrice)> = both.collect();
            return self
                .returned_by_series(
                    owner,
                    accounts,
                    (from, to),
                    currency,
                    (&start, &end, held.as_slice()),
                    told,
                )
                .await;
        };
        told.account = Some(account);
        let prices = ((start.day, start.price, start.currency), (end.day, end.price, end.currency));
        let (first, last) = match self.converted(prices, (from, to), currency, told).await? {
            Ok(converted) => converted,
            Err(why) => return Ok(Err(why)),
        };
        let is_of_account = |of: &&Account| of.counts_as() == account;
        let those: Vec<Account> = accounts.iter().filter(is_of_account).cloned().collect();
        let history = self.read(owner, &those, Some(start.day)).await?;
        let Some(factor) = split_factor((account, security), &start, &end, &history.happenings) else {
            return Ok(Err(NoBenchmark::UnitsUnexplained));
        };
        told.split_factor = Some(factor);
        Ok(price_return(first, last, factor))
    }

    /// The return between two prices of one series of a file, with what it goes by noted down. `held` is what accounts were told to
    /// hold near the two days.
    async fn returned_by_series(
        &self,
        owner: UserId,
        accounts: &[Account],
        (from, to): (Day, Day),
        currency: Currency,
        (start, end, held): (&SecurityPrice, &SecurityPrice, &[(AccountId, ToldPrice, ToldPrice)]),
        told: &mut Benchmark,
    ) -> Result<Result<Decimal, NoBenchmark>, PortfolioError> {
        told.source = Some(end.key.source.clone());
        let prices = ((start.key.day, start.price, start.currency), (end.key.day, end.price, end.currency));
        let (first, last) = match self.converted(prices, (from, to), currency, told).await? {
            Ok(converted) => converted,
            Err(why) => return Ok(Err(why)),
        };
        // A price can be told a day before its own.
        let history = self.read(owner, accounts, Some(from.plus_days(-PRICE_LASTS - 1))).await?;
        let Some(factor) = series_factor(start, end, held, &history.happenings) else {
            return Ok(Err(NoBenchmark::UnitsUnexplained));
        };
        told.split_factor = Some(factor);
        Ok(price_return(first, last, factor))
    }

    /// The first and the last price in the currency of the return, by the rates of its first and last day. Both are noted down.
    async fn converted(
        &self,
        (start, end): (Quote, Quote),
        (from, to): (Day, Day),
        currency: Currency,
        told: &mut Benchmark,
    ) -> Result<Result<(Decimal, Decimal), NoBenchmark>, StoreError> {
        let shown = |(day, price, currency): Quote, by: Option<&Conversion>| BenchmarkPrice {
            day,
            price,
            currency,
            converted: by.and_then(|by| by.convert(price)),
            rate_day: by.and_then(|by| by.rate_day),
        };
        let by_start = self.rate_on(start.2, currency, from).await?;
        let by_end = self.rate_on(end.2, currency, to).await?;
        (told.start, told.end) = (Some(shown(start, by_start.as_ref())), Some(shown(end, by_end.as_ref())));
        let (Some(by_start), Some(by_end)) = (by_start, by_end) else { return Ok(Err(NoBenchmark::NoRate)) };
        let both = by_start.convert(start.1).zip(by_end.convert(end.1));
        Ok(both.ok_or(NoBenchmark::TooLarge))
    }

    /// How amounts of a currency become amounts of another on a day, by the rates that are known; `None` where none is.
    async fn rate_on(&self, of: Currency, to: Currency, day: Day) -> Result<Option<Conversion>, StoreError> {
        let mut among = vec![of, to, PIVOT];
        among.sort_unstable();
        among.dedup();
        let rates = match of == to {
            true => Vec::new(),
            false => self.queries.rates(&among, day.plus_days(-RATE_LASTS), day).await?,
        };
        let book: RateBook = rates.into_iter().collect();
        Ok(book.conversion(of, to, day))
    }
}
