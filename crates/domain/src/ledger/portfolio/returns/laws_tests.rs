//! What holds of all returns.

use proptest::prelude::*;

use super::*;
use crate::time::Day;

fn cents(amount: i64) -> Decimal {
    Decimal::new(amount, 2)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn without_flows_the_return_is_what_the_value_grew_by(values in prop::collection::vec(1_i64..10_000_000, 2..40)) {
        let first = Day::new(2020, 2, 28).unwrap();
        let days: Vec<DayFigures> = (1_i64..).zip(&values[1..]).map(|(at, value)| DayFigures {
            day: first.plus_days(at),
            value: Some(cents(*value)),
            paid_in: Decimal::ZERO,
            taken_out: Decimal::ZERO,
        }).collect();
        let found = time_weighted((first, cents(values[0])), &days).unwrap();
        let grew = cents(values[values.len() - 1]) / cents(values[0]) - Decimal::ONE;
        // Each link rounds at the 28th digit.
        let most = cents(*values.iter().max().unwrap()) / cents(values[0]);
        prop_assert!((found.rate - grew).abs() <= most.max(Decimal::ONE) * Decimal::new(1, 20));
    }

    #[test]
    fn a_money_weighted_return_makes_the_flows_even(
        paid in prop::collection::vec((0_i64..3_000, 1_i64..10_000_000), 1..12),
        back in 1_i64..100_000_000,
        after in 365_i64..4_000,
    ) {
        let first = Day::new(2005, 5, 31).unwrap();
        let last = paid.iter().map(|(day, _)| *day).max().unwrap() + after;
        let mut flows: Vec<Flow> = paid.iter()
            .map(|(day, amount)| Flow { day: first.plus_days(*day), amount: -cents(*amount) })
            .collect();
        flows.push(Flow { day: first.plus_days(last), amount: cents(back) });
        let forwards = xirr(&flows).unwrap();
        flows.reverse();
        prop_assert_eq!(xirr(&flows).unwrap(), forwards);
        // With the factor of a day found again from the return of a year, all flows come to nothing.
        let rate = forwards.annual.unwrap();
        let scale = cents(back.max(paid.iter().map(|(_, amount)| *amount).sum()));
        let mut all = Decimal::ZERO;
        for flow in &flows {
            let days = last - flow.day.days_since(first);
            let grown = factor(rate, days);
            all += flow.amount * grown;
        }
        let largest = flows.iter().map(|flow| factor(rate, last - flow.day.days_since(first))).max().unwrap();
        prop_assert!(all.abs() <= scale * largest * Decimal::new(1, 12), "{all} of {scale} at {rate}");
    }

    #[test]
    fn a_return_for_a_year_comes_back(rate in -9_000_i64..100_000, days in 30_i64..8_000) {
        let rate = Decimal::new(rate, 4);
        if let Some(annual) = annualised(rate, days) {
            prop_assert!((factor(annual, days) - rate - Decimal::ONE).abs() < Decimal::new(1, 10));
        }
    }
}

/// What a unit becomes in so many days at this rate for a year.
fn factor(annual: Decimal, days: i64) -> Decimal {
    let year = annual + Decimal::ONE;
    let whole = u64::try_from(days / 365).unwrap();
    let rest = days % 365;
    let start = Flow { day: Day::FIRST, amount: -Decimal::ONE };
    let end = Flow { day: Day::FIRST.plus_days(365), amount: year };
    let rest = if rest == 0 { Decimal::ONE } else { daily_power(&[start, end], rest) };
    roots::power(year, whole).unwrap() * rest
}

/// By the definition of the return of a year: the growth of `days` of its 365 days.
fn daily_power(of: &[Flow], days: i64) -> Decimal {
    let year = of[1].amount;
    let u = roots::Powers::new(if year < Decimal::ONE {
        vec![(365, Decimal::ONE), (0, -year)]
    } else {
        vec![(365, year), (0, -Decimal::ONE)]
    });
    let x = u.root(Decimal::ZERO, Decimal::ONE).unwrap();
    let power = roots::power(x, u64::try_from(days).unwrap()).unwrap();
    if year < Decimal::ONE { power } else { Decimal::ONE / power }
}
