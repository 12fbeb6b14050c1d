//! What a gain is in another currency, and what part of it exchange rates made.

use super::simple_gain;
use crate::money::Decimal;

/// Money between two days, in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// What there was on the first day.
    pub start: Decimal,
    /// What was paid in meanwhile.
    pub paid_in: Decimal,
    /// What was taken out meanwhile, positive.
    pub taken_out: Decimal,
    /// What there is on the last day.
    pub end: Decimal,
}

impl Stretch {
    /// What was gained; `None` where it is too large.
    pub fn gain(&self) -> Option<Decimal> {
        simple_gain(self.start, self.paid_in, self.taken_out, self.end)
    }
}

/// A gain in another currency than that in which it was made, and its two parts, which add up to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GainElsewhere {
    /// All of it.
    pub gain: Decimal,
    /// What was gained in its own currency, at the rate of the last day.
    pub local: Decimal,
    /// What exchange rates made of the rest: of what there was and was paid in, between their days and the last.
    pub by_rates: Decimal,
}

impl GainElsewhere {
    /// The parts of a gain. Every amount of the stretch is converted by the rate of its own day, and `local` is the gain in its own
    /// currency, by the rate of the last day. `None` where a figure is too large.
    pub fn of(elsewhere: &Stretch, local: Decimal) -> Option<Self> {
        let gain = elsewhere.gain()?;
        Some(Self { gain, local, by_rates: gain.checked_sub(local)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn stretch(start: &str, paid_in: &str, taken_out: &str, end: &str) -> Stretch {
        Stretch { start: d(start), paid_in: d(paid_in), taken_out: d(taken_out), end: d(end) }
    }

    /// By hand: each amount by the rate of its day, and what the rates made of it apart, amount by amount.
    #[test]
    fn a_gain_elsewhere_has_two_parts() {
        // 1000 dollars at 0.80 euros, 100 paid in at 0.90, 1300 at the end at 1.00: 200 dollars gained.
        let euros = stretch("800", "90", "0", "1300");
        let of = GainElsewhere::of(&euros, d("200")).unwrap();
        assert_eq!((of.gain, of.local, of.by_rates), (d("410"), d("200"), d("210")));
        // 1000 by 0.20 and 100 by 0.10.
        assert_eq!(of.by_rates, d("1000") * d("0.20") + d("100") * d("0.10"));
        // 1000 at 1.25, 200 taken out at 1.20, 900 at the end at 1.10: 100 gained, and the rates fell.
        let of = GainElsewhere::of(&stretch("1250", "0", "240", "990"), d("110")).unwrap();
        assert_eq!((of.gain, of.by_rates), (d("-20"), d("-130")));
        assert_eq!(of.by_rates, d("1000") * d("-0.15") - d("200") * d("-0.10"));
        // Nothing gained at home, and all of it by rates.
        let of = GainElsewhere::of(&stretch("900", "0", "0", "1000"), d("0")).unwrap();
        assert_eq!((of.gain, of.by_rates), (d("100"), d("100")));
    }

    #[test]
    fn what_is_too_large_has_no_parts() {
        let most = Decimal::MAX.to_string();
        assert_eq!(GainElsewhere::of(&stretch("0", "0", &most, &most), d("0")), None);
        assert_eq!(GainElsewhere::of(&stretch("0", "0", "0", &most), Decimal::MIN), None);
    }
}
