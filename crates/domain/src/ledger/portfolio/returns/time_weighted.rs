//! Time-weighted return: what a unit of money would have become that was there all the time.

use crate::{money::Decimal, time::Day};

use super::{NoReturn, modified_dietz};

/// What is known of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayFigures {
    /// The day.
    pub day: Day,
    /// What everything was worth at its end; `None`: not known.
    pub value: Option<Decimal>,
    /// What was paid in from outside, positive.
    pub paid_in: Decimal,
    /// What was taken out, positive.
    pub taken_out: Decimal,
}

/// A time-weighted return.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeWeighted {
    /// Over all days together.
    pub rate: Decimal,
    /// How many days.
    pub days: i64,
    /// Whether some days had no value, so that flows between two values count by their days only.
    pub is_approximate: bool,
    /// Whether everything was lost at some time.
    pub is_total_loss: bool,
}

/// More days than this without a value are too many, where much money moved in them.
const STALE_DAYS: i64 = 7;

/// What part of the value is much money.
const MUCH: Decimal = Decimal::from_parts(1, 0, 0, false, 1);

/// The time-weighted return from the end of a day with this value on, over the days behind it in their order; the last of them
/// has a value. A day without figures may be left out: nothing flowed on it, and nobody told its value.
///
/// Of two days with values that follow each other, what was paid in counts from the beginning of the second and what was taken
/// out until its end. Between values that are further apart [`modified_dietz`] is taken.
pub fn time_weighted(start: (Day, Decimal), days: &[DayFigures]) -> Result<TimeWeighted, NoReturn> {
    let mut grown = Decimal::ONE;
    let (mut from, mut value) = start;
    let mut flows: Vec<(i64, Decimal, Decimal)> = Vec::new();
    let mut is_approximate = false;
    for day in days {
        if !day.paid_in.is_zero() || !day.taken_out.is_zero() {
            flows.push((day.day.days_since(from), day.paid_in, day.taken_out));
        }
        let Some(end) = day.value else { continue };
        let apart = day.day.days_since(from);
        let rate = if apart <= 1 {
            let (paid_in, taken_out) = (day.paid_in, day.taken_out);
            daily(value, paid_in, taken_out, end)?
        } else {
            is_approximate |= !flows.is_empty();
            between(value, end, &flows, apart)?
        };
        if let Some(rate) = rate {
            grown = linked_to(grown, rate).ok_or(NoReturn::TooLarge)?;
        }
        (from, value) = (day.day, end);
        flows.clear();
    }
    let rate = grown.checked_sub(Decimal::ONE).ok_or(NoReturn::TooLarge)?;
    let days = from.days_since(start.0);
    Ok(TimeWeighted { rate, days, is_approximate, is_total_loss: grown.is_zero() })
}

/// What returns come to one after the other; `None` where that is too large.
pub fn linked(rates: &[Decimal]) -> Option<Decimal> {
    let grown = rates.iter().try_fold(Decimal::ONE, |grown, rate| linked_to(grown, *rate))?;
    grown.checked_sub(Decimal::ONE)
}

fn linked_to(grown: Decimal, rate: Decimal) -> Option<Decimal> {
    grown.checked_mul(rate.checked_add(Decimal::ONE)?)
}

fn daily(
    value: Decimal,
    paid_in: Decimal,
    taken_out: Decimal,
    end: Decimal,
) -> Result<Option<Decimal>, NoReturn> {
    let capital = value.checked_add(paid_in).ok_or(NoReturn::TooLarge)?;
    let became = end.checked_add(taken_out).ok_or(NoReturn::TooLarge)?;
    if capital.is_zero() && became.is_zero() {
        return Ok(None);
    }
    if capital <= Decimal::ZERO {
        return Err(NoReturn::CapitalNotPositive);
    }
    let rate = became.checked_div(capital).and_then(|grown| grown.checked_sub(Decimal::ONE));
    rate.map(Some).ok_or(NoReturn::TooLarge)
}

fn between(
    value: Decimal,
    end: Decimal,
    flows: &[(i64, Decimal, Decimal)],
    days: i64,
) -> Result<Option<Decimal>, NoReturn> {
    let moved = flows.iter().try_fold(Decimal::ZERO, |all, (_, paid_in, taken_out)| {
        all.checked_add(*paid_in)?.checked_add(*taken_out)
    });
    let moved = moved.ok_or(NoReturn::TooLarge)?;
    let much = value.checked_mul(MUCH).ok_or(NoReturn::TooLarge)?;
    if days > STALE_DAYS && moved > much {
        return Err(NoReturn::NoValues);
    }
    let net = |(day, paid_in, taken_out): &(i64, Decimal, Decimal)| {
        paid_in.checked_sub(*taken_out).map(|net| (*day, net))
    };
    let flows: Option<Vec<(i64, Decimal)>> = flows.iter().map(net).collect();
    modified_dietz(value, end, &flows.ok_or(NoReturn::TooLarge)?, days)
}
