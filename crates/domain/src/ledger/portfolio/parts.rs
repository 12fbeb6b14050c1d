//! Parts of amounts that come to the whole again.

use rust_decimal::RoundingStrategy;

use crate::money::Decimal;

/// To how many places a part is rounded that does not divide.
const PLACES: u32 = 10;

/// A figure is larger than the largest that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a figure is too large")]
pub struct TooLarge;

/// The amount, half to even, to the places of a part.
pub(super) fn rounded(amount: Decimal) -> Decimal {
    amount.round_dp_with_strategy(PLACES, RoundingStrategy::MidpointNearestEven)
}

/// The sum.
pub(super) fn sum(one: Decimal, other: Decimal) -> Result<Decimal, TooLarge> {
    one.checked_add(other).ok_or(TooLarge)
}

/// The difference.
pub(super) fn less(one: Decimal, other: Decimal) -> Result<Decimal, TooLarge> {
    one.checked_sub(other).ok_or(TooLarge)
}

/// `amount * part / whole`, not rounded to places.
pub(super) fn ratio(amount: Decimal, part: Decimal, whole: Decimal) -> Result<Decimal, TooLarge> {
    let product = amount.checked_mul(part).and_then(|product| product.checked_div(whole));
    let other_way = || amount.checked_div(whole).and_then(|unit| unit.checked_mul(part));
    product.or_else(other_way).ok_or(TooLarge)
}

/// What of an amount falls to a part of a whole.
pub(super) fn part(amount: Decimal, part: Decimal, whole: Decimal) -> Result<Decimal, TooLarge> {
    if part == whole { Ok(amount) } else { ratio(amount, part, whole).map(rounded) }
}

/// Shares an amount by weights: each gets its rounded part, and the last what is left.
pub(super) fn shares(amount: Decimal, weights: &[Decimal]) -> Result<Vec<Decimal>, TooLarge> {
    let whole = weights.iter().try_fold(Decimal::ZERO, |all, weight| sum(all, *weight))?;
    let mut left = amount;
    let mut shared = Vec::with_capacity(weights.len());
    for (at, weight) in weights.iter().enumerate() {
        let share = if at + 1 == weights.len() { left } else { part(amount, *weight, whole)? };
        left = less(left, share)?;
        shared.push(share);
    }
    Ok(shared)
}

/// The same of an amount that may not be known.
pub(super) fn maybe_shares(
    amount: Option<Decimal>,
    weights: &[Decimal],
) -> Result<Vec<Option<Decimal>>, TooLarge> {
    match amount {
        Some(amount) => Ok(shares(amount, weights)?.into_iter().map(Some).collect()),
        None => Ok(vec![None; weights.len()]),
    }
}

/// What `how` makes of two amounts; nothing where one of them is not known.
pub(super) fn both(
    one: Option<Decimal>,
    other: Option<Decimal>,
    how: impl FnOnce(Decimal, Decimal) -> Result<Decimal, TooLarge>,
) -> Result<Option<Decimal>, TooLarge> {
    one.zip(other).map(|(one, other)| how(one, other)).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_that_do_not_divide_come_to_the_whole() {
        let thirds = shares(Decimal::from(100), &[Decimal::ONE, Decimal::ONE, Decimal::ONE]).unwrap();
        let written: Vec<String> = thirds.iter().map(Decimal::to_string).collect();
        assert_eq!(written, ["33.3333333333", "33.3333333333", "33.3333333334"]);
        assert!(ratio(Decimal::MAX, Decimal::from(3), Decimal::from(6)).is_ok());
        assert_eq!(shares(Decimal::MAX, &[Decimal::MAX, Decimal::MAX]), Err(TooLarge));
    }
}
