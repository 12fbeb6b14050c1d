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
            ANNUAL_FROM, NoBenchmark, PRICE_LASTS, ToldPrice, annualised, price_return, split_factor,
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

/// The last price that each account was told in some days; of accounts that are one, the last of all of them, and of one day
/// that of the one as which they count.
fn last_prices(
    rows: Vec<(AccountId, Day, HeldPosition)>,
    counts_as: &HashMap<AccountId, AccountId>,
) -> BTreeMap<AccountId, ToldPrice> {
    let mut days: BTreeMap<(Day, bool, AccountId), Vec<HeldPosition>> = BTreeMap::new();
    for (account, day, held) in rows {
        let is_primary = counts_as.get(&account) == Some(&account);
        days.entry((day, is_primary, account)).or_default().push(held);
    }
    let of_day = |((day, _, account), held): ((Day, bool, AccountId), Vec<HeldPosition>)| {
        Some((*counts_as.get(&account)?, ToldPrice::of(day, &held)?))
    };
    days.into_iter().filter_map(of_day).collect()
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
        let starts = last_prices(self.queries.security_days(owner, security, at_start).await?, &counts_as);
        let ends = last_prices(self.queries.security_days(owner, security, at_end).await?, &counts_as);
        if starts.is_empty() {
            return Ok(Err(NoBenchmark::NoPriceAtStart));
        }
        if ends.is_empty() {
            return Ok(Err(NoBenchmark::NoPriceAtEnd));
        }
        // Of several accounts the one that was told the nearest prices, and of those one whose units are the same on both days.
        let both = ends.iter().filter_map(|(account, end)| Some((*account, *starts.get(account)?, *end)));
        let best = both.min_by_key(|(account, start, end)| {
            (Reverse(end.day), Reverse(start.day), start.units != end.units, *account)
        });
        let Some((account, start, end)) = best else { return Ok(Err(NoBenchmark::NoCommonAccount)) };
        told.account = Some(account);
        let shown = |of: &ToldPrice, by: Option<&Conversion>| BenchmarkPrice {
            day: of.day,
            price: of.price,
            currency: of.currency,
            converted: by.and_then(|by| by.convert(of.price)),
            rate_day: by.and_then(|by| by.rate_day),
        };
        let by_start = self.rate_on(start.currency, currency, from).await?;
        let by_end = self.rate_on(end.currency, currency, to).await?;
        (told.start, told.end) = (Some(shown(&start, by_start.as_ref())), Some(shown(&end, by_end.as_ref())));
        let (Some(by_start), Some(by_end)) = (by_start, by_end) else { return Ok(Err(NoBenchmark::NoRate)) };
        let (Some(first), Some(last)) = (by_start.convert(start.price), by_end.convert(end.price)) else {
            return Ok(Err(NoBenchmark::TooLarge));
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
