//! What a portfolio gained in another currency, and what part of that exchange rates made.

use dashtam_domain::{
    id::TransactionId,
    ledger::{
        portfolio::{GainElsewhere, Stretch},
        worth::{Conversion, PIVOT, RATE_LASTS, RateBook},
    },
    money::{Currency, Decimal},
    store::StoreError,
    time::Day,
};

use super::{Performance, Portfolio};

/// Why a gain is not known in another currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotElsewhere {
    /// The gain is not known in its own currency either.
    NoGain,
    /// Nobody told a rate for this day, or the week before it.
    NoRate(Day),
    /// A figure is larger than the largest that is kept.
    TooLarge,
}

impl NotElsewhere {
    /// Shown form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoGain => "no_gain",
            Self::NoRate(_) => "no_rate",
            Self::TooLarge => "too_large",
        }
    }
}

/// An amount of one day, and what it is in another currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConvertedAmount {
    /// Its day.
    pub day: Day,
    /// The transaction that moved it; `None` for a value.
    pub transaction: Option<TransactionId>,
    /// The amount, signed.
    pub amount: Decimal,
    /// The same in the other currency.
    pub converted: Decimal,
    /// How many units of the other currency one was worth, rounded to ten places; only to be shown.
    pub rate: Decimal,
    /// The day of the rate; `None` where none was needed.
    pub rate_day: Option<Day>,
}

/// A gain in another currency, and all it is reckoned from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundElsewhere {
    /// What there was.
    pub start: ConvertedAmount,
    /// What there is.
    pub end: ConvertedAmount,
    /// What flowed, in the order of the days.
    pub flows: Vec<ConvertedAmount>,
    /// All of it together.
    pub stretch: Stretch,
    /// The gain in its own currency.
    pub own_gain: Decimal,
    /// The gain, and its parts.
    pub gain: GainElsewhere,
}

/// What a portfolio gained in another currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elsewhere {
    /// The other currency.
    pub currency: Currency,
    /// The gain with its parts, or why it is not known.
    pub found: Result<FoundElsewhere, NotElsewhere>,
}

/// An amount of a day in another currency, by the rates of that day.
fn converted(
    book: &RateBook,
    (from, to): (Currency, Currency),
    (day, amount): (Day, Decimal),
    transaction: Option<TransactionId>,
) -> Result<ConvertedAmount, NotElsewhere> {
    let by: Conversion = book.conversion(from, to, day).ok_or(NotElsewhere::NoRate(day))?;
    let figures = by.convert(amount).zip(by.rate());
    let (converted, rate) = figures.ok_or(NotElsewhere::TooLarge)?;
    Ok(ConvertedAmount { day, transaction, amount, converted, rate, rate_day: by.rate_day })
}

/// What there was, what flowed and what there is, in one currency; `None` where a sum is too large.
fn stretched(start: Decimal, flows: impl IntoIterator<Item = Decimal>, end: Decimal) -> Option<Stretch> {
    let mut stretch = Stretch { start, paid_in: Decimal::ZERO, taken_out: Decimal::ZERO, end };
    for flow in flows {
        let sum = if flow.is_sign_negative() { &mut stretch.taken_out } else { &mut stretch.paid_in };
        *sum = sum.checked_add(flow.abs())?;
    }
    Some(stretch)
}

/// The gain of a return in another currency.
fn found(of: &Performance, to: Currency, book: &RateBook) -> Result<FoundElsewhere, NotElsewhere> {
    let value = |day: Option<Day>, value: Option<Decimal>| day.zip(value).ok_or(NotElsewhere::NoGain);
    let pair = (of.currency.ok_or(NotElsewhere::NoGain)?, to);
    let (first, last) = (value(of.from, of.start)?, value(of.to, of.end)?);
    let own_gain = of.gain.ok_or(NotElsewhere::NoGain)?;
    let start = converted(book, pair, first, None)?;
    let end = converted(book, pair, last, None)?;
    let flows =
        of.flows.iter().map(|flow| converted(book, pair, (flow.day, flow.amount), Some(flow.transaction)));
    let flows: Vec<ConvertedAmount> = flows.collect::<Result<_, _>>()?;
    let stretch = stretched(start.converted, flows.iter().map(|flow| flow.converted), end.converted)
        .ok_or(NotElsewhere::TooLarge)?;
    // Rounded amount by amount as well, so that rates that did not change made nothing, to the last digit.
    let at_last = |amount: Decimal| converted(book, pair, (last.0, amount), None).map(|of| of.converted);
    let moved: Vec<Decimal> = of.flows.iter().map(|flow| at_last(flow.amount)).collect::<Result<_, _>>()?;
    let local = stretched(at_last(first.1)?, moved, end.converted).and_then(|local| local.gain());
    let local = local.ok_or(NotElsewhere::TooLarge)?;
    let gain = GainElsewhere::of(&stretch, local).ok_or(NotElsewhere::TooLarge)?;
    Ok(FoundElsewhere { start, end, flows, stretch, own_gain, gain })
}

impl Portfolio {
    /// What the gain of this return is in another currency. The rates of all its days are read at once.
    pub(super) async fn elsewhere(&self, to: Currency, of: &Performance) -> Result<Elsewhere, StoreError> {
        let own = of.currency.filter(|own| *own != to);
        let rates = match own.zip(of.from.zip(of.to)) {
            Some((own, (first, last))) => {
                let mut among = vec![own, to, PIVOT];
                among.sort_unstable();
                among.dedup();
                self.queries.rates(&among, first.plus_days(-RATE_LASTS), last).await?
            }
            None => Vec::new(),
        };
        let book: RateBook = rates.into_iter().collect();
        Ok(Elsewhere { currency: to, found: found(of, to, &book) })
    }
}
