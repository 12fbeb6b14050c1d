//! The return of a time in which the value is known at both ends only.

use crate::money::Decimal;

use super::NoReturn;

/// The return over `days` from a value at the beginning to one at the end, where money flowed on some of the days, counted from
/// 1: positive was paid in. Each flow counts for the days behind it. `None`: nothing was invested and nothing came of it.
pub fn modified_dietz(
    start: Decimal,
    end: Decimal,
    flows: &[(i64, Decimal)],
    days: i64,
) -> Result<Option<Decimal>, NoReturn> {
    let figures = || {
        let (mut gain, mut capital) = (end.checked_sub(start)?, start);
        for (day, amount) in flows {
            gain = gain.checked_sub(*amount)?;
            let held = amount.checked_mul(Decimal::from(days.checked_sub(*day)?))?;
            capital = capital.checked_add(held.checked_div(Decimal::from(days))?)?;
        }
        Some((gain, capital))
    };
    let (gain, capital) = figures().ok_or(NoReturn::TooLarge)?;
    if capital.is_zero() && gain.is_zero() {
        return Ok(None);
    }
    if capital <= Decimal::ZERO {
        return Err(NoReturn::CapitalNotPositive);
    }
    gain.checked_div(capital).map(Some).ok_or(NoReturn::TooLarge)
}
