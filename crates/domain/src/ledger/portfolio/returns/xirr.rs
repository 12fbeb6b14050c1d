//! Money-weighted return: the rate at which all flows come to nothing.

use std::{cmp::Ordering, collections::BTreeMap};

use crate::{money::Decimal, time::Day};

use super::{
    NoReturn,
    roots::{Powers, power},
};

/// Money on a day: negative is put in, positive is taken out or is what is there in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flow {
    /// The day.
    pub day: Day,
    /// How much.
    pub amount: Decimal,
}

/// A money-weighted return.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MoneyWeighted {
    /// Over all days together.
    pub period: Decimal,
    /// For 365 days; `None` where it is too large. Of fewer days than [`ANNUAL_FROM`](super::ANNUAL_FROM) it says little.
    pub annual: Option<Decimal>,
    /// From the first flow to the last.
    pub days: i64,
    /// Whether everything is lost.
    pub is_total_loss: bool,
}

/// Days of a year.
const YEAR: u64 = 365;

/// The money-weighted return of these flows, in any order. A last flow of zero says that nothing is left.
///
/// Flows that change their sign once have one rate. Of others it is looked for between the loss of nearly everything and a
/// return of a thousand million for a year, and told only if there is one alone.
pub fn xirr(flows: &[Flow]) -> Result<MoneyWeighted, NoReturn> {
    let mut days: BTreeMap<Day, Decimal> = BTreeMap::new();
    for flow in flows {
        let all = days.entry(flow.day).or_default();
        *all = all.checked_add(flow.amount).ok_or(NoReturn::TooLarge)?;
    }
    let last = days.last_key_value().map(|(day, amount)| (*day, amount.is_zero()));
    let first = days.iter().find(|(_, amount)| !amount.is_zero()).map(|(day, _)| *day);
    days.retain(|_, amount| !amount.is_zero());
    let (Some(first), Some((told_last, is_nothing_left))) = (first, last) else {
        return Err(NoReturn::NoSignChange);
    };
    let signs: Vec<Ordering> = days.values().map(|amount| amount.cmp(&Decimal::ZERO)).collect();
    let changes = signs.windows(2).filter(|pair| pair[0] != pair[1]).count();
    if changes == 0 {
        if is_nothing_left && signs.first() == Some(&Ordering::Less) {
            let lost = -Decimal::ONE;
            let days = told_last.days_since(first);
            return Ok(MoneyWeighted { period: lost, annual: Some(lost), days, is_total_loss: true });
        }
        return Err(NoReturn::NoSignChange);
    }
    let end = days.last_key_value().map_or(first, |(day, _)| *day);
    let span = whole(end.days_since(first));
    // A factor above 1 is looked for by what 1 divided by it is, with the days counted from the other end.
    let forth = Powers::new(days.iter().map(|(day, cash)| (whole(day.days_since(first)), *cash)).collect());
    let back = Powers::new(days.iter().map(|(day, cash)| (whole(end.days_since(*day)), *cash)).collect());
    let found = if changes == 1 { only(&back, &forth) } else { searched(&back, &forth) }?;
    let grown = |days: u64| {
        let grown = match found {
            Factor::Below(factor) => power(factor, days),
            Factor::Above(inverse) => Decimal::ONE.checked_div(power(inverse, days)?),
        };
        grown.and_then(|grown| grown.checked_sub(Decimal::ONE))
    };
    let period = grown(span).ok_or(NoReturn::TooLarge)?;
    Ok(MoneyWeighted { period, annual: grown(YEAR), days: end.days_since(first), is_total_loss: false })
}

/// A return over some days as one for 365; `None` where there is none.
pub fn annualised(rate: Decimal, days: i64) -> Option<Decimal> {
    if rate == -Decimal::ONE {
        return Some(rate);
    }
    let start = Flow { day: Day::FIRST, amount: -Decimal::ONE };
    let end = Flow { day: Day::FIRST.plus_days(days), amount: rate.checked_add(Decimal::ONE)? };
    if days < 1 { None } else { xirr(&[start, end]).ok()?.annual }
}

fn whole(days: i64) -> u64 {
    u64::try_from(days).unwrap_or_default()
}

/// By what a day multiplies money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Factor {
    /// By this, from 0 to 1.
    Below(Decimal),
    /// By 1 divided by this, from 0 to 1.
    Above(Decimal),
}

/// The factor of flows that change their sign once.
fn only(back: &Powers, forth: &Powers) -> Result<Factor, NoReturn> {
    let (one, zero) = (Decimal::ONE, Decimal::ZERO);
    let signs = (back.sign(one), back.sign(zero));
    let (Some(at_one), Some(at_zero)) = signs else { return Err(NoReturn::TooLarge) };
    let found = match at_one {
        Ordering::Equal => Some(Factor::Below(one)),
        sign if sign != at_zero => back.root(zero, one).map(Factor::Below),
        _ => forth.root(zero, one).filter(|inverse| !inverse.is_zero()).map(Factor::Above),
    };
    found.ok_or(NoReturn::TooLarge)
}

/// The factor of other flows: the one place of a grid between whose neighbours the value changes its sign.
fn searched(back: &Powers, forth: &Powers) -> Result<Factor, NoReturn> {
    let mut places: Vec<(Factor, Ordering)> = Vec::new();
    for rate in grid() {
        let factor = daily(rate).ok_or(NoReturn::TooLarge)?;
        let sign = match factor {
            Factor::Below(x) => back.sign(x),
            Factor::Above(x) => forth.sign(x),
        };
        places.push((factor, sign.ok_or(NoReturn::TooLarge)?));
    }
    let even: Vec<Factor> =
        places.iter().filter(|(_, sign)| *sign == Ordering::Equal).map(|(factor, _)| *factor).collect();
    places.retain(|(_, sign)| *sign != Ordering::Equal);
    let brackets: Vec<(Factor, Factor)> =
        places.windows(2).filter(|pair| pair[0].1 != pair[1].1).map(|pair| (pair[0].0, pair[1].0)).collect();
    let root = match (brackets.as_slice(), even.as_slice()) {
        ([], []) => return Err(NoReturn::NoRoot),
        ([], [even]) => return Ok(*even),
        ([(low, high)], _) => match (*low, *high) {
            (Factor::Below(low), Factor::Below(high)) => back.root(low, high).map(Factor::Below),
            (Factor::Above(low), Factor::Above(high)) => forth.root(high, low).map(Factor::Above),
            // No place of the grid but 1 itself is between them, and there the value was found to be even.
            _ => Some(Factor::Below(Decimal::ONE)),
        },
        _ => return Err(NoReturn::Ambiguous),
    };
    root.ok_or(NoReturn::TooLarge)
}

/// The rates for a year at which one is looked for, in their order.
fn grid() -> Vec<Decimal> {
    let near_loss = [999_999_i64, 999_990, 999_900, 999_000, 990_000, 970_000];
    let mut grid: Vec<Decimal> = near_loss.iter().map(|loss| Decimal::new(-loss, 6)).collect();
    grid.extend((-19..20).map(|step| Decimal::new(step * 5, 2)));
    let above = [100_i64, 125, 150, 200, 250, 300, 400, 500, 700, 1_000, 1_500, 2_000, 3_000, 5_000];
    grid.extend(above.iter().map(|rate| Decimal::new(*rate, 2)));
    grid.extend([100, 200, 500].map(Decimal::from));
    grid.extend((3..10).map(|zeros| Decimal::from(10_i64.pow(zeros))));
    grid
}

/// The factor of a day that grows to this rate in a year.
fn daily(rate: Decimal) -> Option<Factor> {
    let year = rate.checked_add(Decimal::ONE)?;
    let (zero, one) = (Decimal::ZERO, Decimal::ONE);
    match year.cmp(&one) {
        Ordering::Equal => Some(Factor::Below(one)),
        Ordering::Less => Powers::new(vec![(YEAR, one), (0, -year)]).root(zero, one).map(Factor::Below),
        Ordering::Greater => Powers::new(vec![(YEAR, year), (0, -one)]).root(zero, one).map(Factor::Above),
    }
}
