//! Prices of one's own: what a person's files say that one unit of a security was worth on a day.

use std::{collections::BTreeMap, fmt};

use super::{Action, Happening, ToldPrice, UnitsCame, split_factor};
use crate::{
    id::{AccountId, SecurityId},
    money::{Currency, Decimal},
    time::{Day, Timestamp},
};

/// What a series of prices is called by whoever brought it: a short name such as `index.csv`, by which it is taken back.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PriceSource(String);

impl PriceSource {
    /// The longest name, in characters.
    pub const LONGEST: usize = 64;

    /// Reads a name, without the blanks around it; `None` where nothing is left, where it is too long, or where it has a character
    /// that nobody types.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let fits = (1..=Self::LONGEST).contains(&text.chars().count()) && !text.contains(char::is_control);
        fits.then(|| Self(text.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PriceSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where a price stands among all prices of a user, in the order in which they are listed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PriceKey {
    /// Of which security.
    pub security: SecurityId,
    /// For which day.
    pub day: Day,
    /// From which series.
    pub source: PriceSource,
}

/// What one unit of a security was worth on a day, as a series of a person says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityPrice {
    /// The security, the day and the series: there is one price for the three.
    pub key: PriceKey,
    /// The price of one unit; nothing or more.
    pub price: Decimal,
    /// Its currency.
    pub currency: Currency,
    /// Whether the series was adjusted for splits, so that it is of one unit all along; else each price is of a unit of its day.
    pub is_adjusted: bool,
    /// When it was told, or last told otherwise.
    pub told_at: Timestamp,
}

/// What a series tells of one security.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceSeries {
    /// The series.
    pub source: PriceSource,
    /// The security.
    pub security: SecurityId,
    /// How many prices there are.
    pub prices: i64,
    /// The first day that has one.
    pub first: Day,
    /// The last day that has one.
    pub last: Day,
}

/// Why something is no price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PriceError {
    /// Less than nothing.
    #[error("a price must not be below zero")]
    Negative,
    /// Before the year 1 or after the year 9999.
    #[error("a day must lie in the years 1 to 9999")]
    StrangeDay,
}

impl SecurityPrice {
    /// Checks a price. Zeros at its end carry no value and are left out, so that equal prices are written alike.
    pub fn new(
        key: PriceKey,
        price: Decimal,
        currency: Currency,
        is_adjusted: bool,
        told_at: Timestamp,
    ) -> Result<Self, PriceError> {
        if price < Decimal::ZERO {
            return Err(PriceError::Negative);
        }
        if !key.day.has_plain_year() {
            return Err(PriceError::StrangeDay);
        }
        // Nothing has no sign.
        let price = if price.is_zero() { Decimal::ZERO } else { price.normalize() };
        Ok(Self { key, price, currency, is_adjusted, told_at })
    }

    /// Whether both say the same, whenever they were told.
    pub fn says_the_same(&self, other: &Self) -> bool {
        self.price == other.price && self.currency == other.currency && self.is_adjusted == other.is_adjusted
    }
}

/// The last price of each series among these, in the order of their names. The prices are of one security.
pub fn last_of_each(prices: Vec<SecurityPrice>) -> Vec<SecurityPrice> {
    let mut last: BTreeMap<PriceSource, SecurityPrice> = BTreeMap::new();
    for price in prices {
        let is_later = last.get(&price.key.source).is_none_or(|known| known.key.day < price.key.day);
        if is_later {
            last.insert(price.key.source.clone(), price);
        }
    }
    last.into_values().collect()
}

/// How many units one of the first price became until the last by splits; 1 where none is told of. Both prices are of one series,
/// and the happenings are all of the owner's accounts from the first of all these days on. `held` is what accounts were told that they
/// hold of the security, last before each of the two days: it proves of them which splits there were.
///
/// `None` where that is not sure: where only one of the two prices is adjusted for splits; where both are, and a split came between
/// their tellings, so that they may be adjusted to different units; where what an account was told to hold does not follow from its
/// transactions; where nobody was told of what is held, and a split is told without its ratio; and where accounts tell of different
/// splits.
pub fn series_factor(
    start: &SecurityPrice,
    end: &SecurityPrice,
    held: &[(AccountId, ToldPrice, ToldPrice)],
    happenings: &[Happening],
) -> Option<Decimal> {
    let security = start.key.security;
    let is_whole =
        |one: Day, other: Day| splits(security, one.min(other), one.max(other), happenings).next().is_none();
    let (first, last) = (start.key.day, end.key.day);
    match (start.is_adjusted, end.is_adjusted) {
        (false, false) if held.is_empty() => splits_between(security, first, last, happenings),
        (false, false) => {
            let mut factors = held.iter().map(|(account, before, after)| {
                // Between what was told and the price, nothing may have been split.
                let is_near = is_whole(before.day, first) && is_whole(after.day, last);
                split_factor((*account, security), before, after, happenings).filter(|_| is_near)
            });
            let factor = factors.next()??;
            factors.all(|other| other == Some(factor)).then_some(factor)
        }
        (true, true) => is_whole(start.told_at.day(), end.told_at.day()).then_some(Decimal::ONE),
        _ => None,
    }
}

/// The splits of a security that are told of behind the first of two days and until the second.
fn splits(
    security: SecurityId,
    behind: Day,
    until: Day,
    happenings: &[Happening],
) -> impl Iterator<Item = (&Happening, UnitsCame)> {
    happenings.iter().filter_map(move |of| match &of.action {
        Action::Split(came) if of.security == security && behind < of.day && of.day <= until => {
            Some((of, *came))
        }
        _ => None,
    })
}

/// How many units one became by the splits that accounts tell of behind the first of two days and until the second; 1 where none
/// tells of one, and `None` where one is told without its ratio or accounts tell of different ones.
pub fn splits_between(
    security: SecurityId,
    behind: Day,
    until: Day,
    happenings: &[Happening],
) -> Option<Decimal> {
    let mut by_account: BTreeMap<AccountId, Decimal> = BTreeMap::new();
    for (of, came) in splits(security, behind, until, happenings) {
        let UnitsCame::Ratio { to, from } = came else { return None };
        let factor = by_account.entry(of.account).or_insert(Decimal::ONE);
        *factor = factor.checked_mul(to)?.checked_div(from)?;
    }
    let mut factors = by_account.into_values();
    let Some(first) = factors.next() else { return Some(Decimal::ONE) };
    factors.all(|other| other == first).then_some(first)
}

#[cfg(test)]
#[path = "prices_tests.rs"]
mod tests;
