//! Roots of sums of powers, for a base from 0 to 1: there no power grows.

use std::cmp::Ordering;

use crate::money::Decimal;

/// When two guesses are the same.
const SAME: Decimal = Decimal::from_parts(1, 0, 0, false, 20);

/// How many steps are made at most.
const STEPS: usize = 200;

/// `factor * x^exponent`, added up; the highest exponent first.
#[derive(Debug, Clone)]
pub(super) struct Powers(Vec<(u64, Decimal)>);

impl Powers {
    /// Of terms in any order, with one of each exponent.
    pub(super) fn new(mut terms: Vec<(u64, Decimal)>) -> Self {
        terms.sort_by_key(|(exponent, _)| std::cmp::Reverse(*exponent));
        Self(terms)
    }

    /// The value at `x`, and how fast it grows there; `None` where they are too large.
    pub(super) fn at(&self, x: Decimal) -> Option<(Decimal, Decimal)> {
        let (mut value, mut slope, mut before) = (Decimal::ZERO, Decimal::ZERO, None);
        let lowest = [(0, Decimal::ZERO)];
        for (exponent, factor) in self.0.iter().chain(&lowest) {
            let gap = before.map_or(0, |before: u64| before - exponent);
            if gap > 0 {
                let less = power(x, gap - 1)?;
                let whole = less.checked_mul(x)?;
                let grows = less.checked_mul(Decimal::from(gap))?;
                slope = slope.checked_mul(whole)?.checked_add(value.checked_mul(grows)?)?;
                value = value.checked_mul(whole)?;
            }
            value = value.checked_add(*factor)?;
            before = Some(*exponent);
        }
        Some((value, slope))
    }

    /// The sign of the value at `x`.
    pub(super) fn sign(&self, x: Decimal) -> Option<Ordering> {
        self.at(x).map(|(value, _)| value.cmp(&Decimal::ZERO))
    }

    /// The root between two places with values of different signs: Newton's steps, and the middle where one of them would
    /// leave the bracket.
    pub(super) fn root(&self, mut low: Decimal, mut high: Decimal) -> Option<Decimal> {
        let low_sign = self.sign(low)?;
        let mut x = (low + high) / Decimal::TWO;
        for _ in 0..STEPS {
            let (value, slope) = self.at(x)?;
            match value.cmp(&Decimal::ZERO) {
                Ordering::Equal if !slope.is_zero() => return Some(x),
                sign if sign == low_sign => low = x,
                _ => high = x,
            }
            let newton = value.checked_div(slope).and_then(|step| x.checked_sub(step));
            let next = match newton.filter(|next| low < *next && *next < high) {
                Some(next) => next,
                None => (low + high) / Decimal::TWO,
            };
            if (next - x).abs() < SAME {
                return Some(next);
            }
            x = next;
        }
        Some(x)
    }
}

/// `base^exponent` by squaring; `None` where it is too large.
pub(super) fn power(base: Decimal, mut exponent: u64) -> Option<Decimal> {
    let (mut base, mut all) = (base, Decimal::ONE);
    while exponent > 0 {
        if exponent & 1 == 1 {
            all = all.checked_mul(base)?;
        }
        exponent >>= 1;
        if exponent > 0 {
            base = base.checked_mul(base)?;
        }
    }
    Some(all)
}
