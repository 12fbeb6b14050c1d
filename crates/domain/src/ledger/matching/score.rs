//! How well two rows fit, in thousandths.

use crate::money::Decimal;

/// How sure it is that two rows are one transaction, the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// The institution says so.
    Link,
    /// The same amount, and like words.
    Exact,
    /// The same amount, and other words.
    Amount,
    /// Like words, and an amount such as with a tip.
    Adjusted,
    /// Like words, and an amount far off, such as after a deposit was held.
    Far,
    /// Two booked rows with the same amount and like words, of which one went when the other came.
    Reissued,
    /// Amounts of two currencies, near the rate of the day.
    Converted,
    /// Several amounts that add up to one.
    Sum,
}

impl Tier {
    /// Every tier, in order.
    pub const ALL: [Self; 8] = [
        Self::Link,
        Self::Exact,
        Self::Amount,
        Self::Adjusted,
        Self::Far,
        Self::Reissued,
        Self::Converted,
        Self::Sum,
    ];

    /// Stored and shown form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Exact => "exact",
            Self::Amount => "amount",
            Self::Adjusted => "adjusted",
            Self::Far => "far",
            Self::Reissued => "reissued",
            Self::Converted => "converted",
            Self::Sum => "sum",
        }
    }

    /// Reads the stored form.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tier| tier.as_str() == text)
    }
}

/// How well two rows fit, in thousandths each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Scores {
    /// How like their words are.
    pub text: i64,
    /// How near their amounts are.
    pub amount: i64,
    /// How near their days are.
    pub day: i64,
}

impl Scores {
    /// All of it in one figure, from 0 to 1000.
    pub fn total(self) -> i64 {
        (5 * self.amount + 3 * self.text + 2 * self.day) / 10
    }
}

/// How near a day is that many days after the first one.
pub(super) fn day_score(apart: i64) -> i64 {
    let lost = if apart >= 0 { apart.saturating_mul(100) } else { apart.saturating_mul(-300) };
    1000_i64.saturating_sub(lost).max(0)
}

/// Two amounts as whole numbers of the same unit, without their signs; `None` where that is more than can be reckoned
/// with.
pub(super) fn whole(one: Decimal, other: Decimal) -> Option<(i128, i128)> {
    let (one, other) = (one.normalize(), other.normalize());
    let scale = one.scale().max(other.scale());
    let of = |amount: Decimal| {
        let raised = 10_i128.checked_pow(scale - amount.scale())?;
        amount.mantissa().checked_abs()?.checked_mul(raised)
    };
    Some((of(one)?, of(other)?))
}

/// How near the second amount is to the first: a third more or less is as far as it goes.
pub(super) fn amount_score(first: i128, second: i128) -> i64 {
    let off = (second - first).abs();
    if off == 0 {
        return 1000;
    }
    let share = off.checked_mul(1000).and_then(|off| off.checked_div(first));
    let lost = share.and_then(|share| share.checked_mul(1000)).map_or(i128::MAX, |lost| lost / 300);
    i64::try_from(1000_i128.saturating_sub(lost).max(0)).unwrap_or(0)
}

/// Whether the second amount is so many hundredths of the first, at least and at most.
pub(super) fn is_within(first: i128, second: i128, least: i128, most: i128) -> bool {
    match (first.checked_mul(least), first.checked_mul(most), second.checked_mul(100)) {
        (Some(least), Some(most), Some(second)) => (least..=most).contains(&second),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::exact_decimal;

    #[test]
    fn days_and_amounts_score_in_thousandths() {
        for (apart, score) in [(0, 1000), (1, 900), (8, 200), (10, 0), (99, 0), (-1, 700), (-4, 0)] {
            assert_eq!(day_score(apart), score, "{apart}");
        }
        assert_eq!((day_score(i64::MAX), day_score(i64::MIN)), (0, 0));
        for (first, second, score) in [
            ("-12.50", "-12.5", 1000),
            ("-50.00", "-60", 334),
            ("-1.00", "-52.18", 0),
            ("200", "380", 0),
            ("0", "0.00", 1000),
            ("0", "1", 0),
            ("100", "99", 967),
        ] {
            let (first, second) =
                whole(exact_decimal(first).unwrap(), exact_decimal(second).unwrap()).unwrap();
            assert_eq!(amount_score(first, second), score);
        }
        let tiny = exact_decimal("0.0000000000000000000000000001").unwrap();
        assert_eq!(whole(Decimal::MAX, tiny), None);
        assert_eq!(amount_score(i128::MAX, 0), 0);
        assert!(
            is_within(100, 130, 80, 130) && !is_within(100, 131, 80, 130) && !is_within(100, 79, 80, 130)
        );
        assert!(!is_within(i128::MAX, i128::MAX, 80, 130));
    }

    #[test]
    fn tiers_are_in_order_and_read_as_written() {
        assert!(Tier::ALL.is_sorted());
        assert!(Tier::ALL.into_iter().all(|tier| Tier::parse(tier.as_str()) == Some(tier)));
        assert_eq!(Tier::parse("0"), None);
    }
}
