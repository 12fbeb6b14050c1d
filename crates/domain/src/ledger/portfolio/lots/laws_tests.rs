//! What holds of all histories.

use std::collections::HashMap;

use proptest::prelude::*;

use super::{
    corporate_tests::openings,
    vectors_tests::{History, SHARE, account, d, gain, transaction},
    *,
};

const METHODS: [LotMethod; 6] = [
    LotMethod::Fifo,
    LotMethod::Lifo,
    LotMethod::Hifo,
    LotMethod::Lofo,
    LotMethod::Average,
    LotMethod::Specific,
];

/// What happens on one day: units in hundredths, money in cents, and whether the units are split before that.
type Step = (i64, i64, i64, bool);

fn steps() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec((-500_i64..500, 1_i64..100_000, 0_i64..200, prop::bool::weighted(0.1)), 1..30)
}

/// A history of trades, with splits of two for one where a step says so.
fn history(steps: &[Step], splits: bool) -> History {
    let first = Day::new(2023, 11, 20).unwrap();
    let mut history = History::default();
    for (at, (units, gross, fees, split)) in (0_i64..).zip(steps) {
        // Two steps a day, so that the order within a day matters.
        let on = first.plus_days(at / 2).to_string();
        if splits && *split {
            let ratio = UnitsCame::Ratio { to: Decimal::TWO, from: Decimal::ONE };
            history = history.on(&on, SHARE, Action::Split(ratio));
        }
        let (units, gross, fees) = (Decimal::new(*units, 2), Decimal::new(*gross, 2), Decimal::new(*fees, 2));
        if !units.is_zero() {
            let action = Action::Trade { units, gross: Some(gross), fees, picks: Vec::new() };
            history = history.on(&on, SHARE, action);
        }
    }
    history
}

/// The money that moved: below zero for what was paid.
fn cash(history: &History) -> Decimal {
    let moved = |happening: &Happening| match &happening.action {
        Action::Trade { units, gross: Some(gross), fees, .. } if units.is_sign_negative() => *gross - *fees,
        Action::Trade { gross: Some(gross), fees, .. } => -*gross - *fees,
        _ => Decimal::ZERO,
    };
    history.0.iter().map(moved).sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn lots_come_to_the_position_and_their_cost_to_the_money(steps in steps()) {
        let history = history(&steps, false);
        let position: Decimal = history.0.iter().map(|happening| match happening.action {
            Action::Trade { units, .. } => units,
            _ => Decimal::ZERO,
        }).sum();
        for method in METHODS {
            let lots = history.lots(method);
            prop_assert_eq!(lots.open.iter().map(|lot| lot.units).sum::<Decimal>(), position);
            let is_of_one_side = |side: fn(&Decimal) -> bool| lots.open.iter().all(|lot| side(&lot.units));
            prop_assert!(
                is_of_one_side(|units| *units > Decimal::ZERO) || is_of_one_side(|units| *units < Decimal::ZERO)
            );
            // What is gained is what came in, beside what is bound in lots: to the last of ten places.
            let bound: Decimal = lots.open.iter().map(|lot| {
                let basis = lot.basis.unwrap();
                if lot.units.is_sign_negative() { -basis } else { basis }
            }).sum();
            prop_assert_eq!(gain(&lots), cash(&history) + bound);
        }
    }

    #[test]
    fn splits_change_no_cost_and_no_gain(steps in steps()) {
        // The same history, once in the units of its time and once in those of its end.
        let with = history(&steps, true);
        let mut without = History(Vec::new());
        for happening in &with.0 {
            // A split counts before everything else of its day.
            let later = with.0.iter()
                .filter(|other| matches!(other.action, Action::Split(_)) && other.day > happening.day)
                .count();
            if let Action::Trade { units, gross, fees, .. } = &happening.action {
                let units = *units * Decimal::from(1_u64 << later);
                let action = Action::Trade { units, gross: *gross, fees: *fees, picks: Vec::new() };
                without.0.push(Happening { action, ..happening.clone() });
            }
        }
        for method in [LotMethod::Fifo, LotMethod::Lifo, LotMethod::Average] {
            let (one, other) = (with.lots(method), without.lots(method));
            prop_assert_eq!(gain(&one), gain(&other));
            let held = |lots: &Lots| lots.open.iter().map(|lot| (lot.units, lot.basis)).collect::<Vec<_>>();
            prop_assert_eq!(held(&one), held(&other));
        }
    }

    #[test]
    fn the_order_in_which_rows_are_told_does_not_matter(steps in steps(), turn in 0_usize..30) {
        let history = history(&steps, true);
        prop_assume!(!history.0.is_empty());
        let mut shuffled = History(history.0.clone());
        let at = turn % shuffled.0.len();
        shuffled.0.rotate_left(at);
        shuffled.0.reverse();
        for method in METHODS {
            prop_assert_eq!(history.lots(method), shuffled.lots(method));
        }
    }

    #[test]
    fn missing_beginnings_are_found_again(steps in steps(), before in 1_i64..10_000, basis in 1_i64..1_000_000) {
        let whole = history(&steps, true);
        prop_assume!(!whole.0.is_empty());
        let methods = HashMap::from([(account(1), LotMethod::Lifo)]);
        let opening = Happening {
            transaction: None,
            day: whole.0[0].day,
            action: Action::Opening { units: Decimal::new(before, 2), basis: Some(Decimal::new(basis, 2)) },
            ..whole.0[0].clone()
        };
        let mut complete = whole.0.clone();
        complete.push(opening.clone());
        let expected = LotKeeper::keep(&methods, &complete).unwrap();
        let units: Decimal = expected.open.iter().map(|lot| lot.units).sum();
        let cost: Decimal = expected.open.iter().map(|lot| lot.basis.unwrap()).sum();
        // A position that went below zero on the way was short, for all that anybody can tell.
        let never_short = expected.closed.iter().all(|closing| closing.side == Side::Long);
        prop_assume!(units >= Decimal::ZERO && never_short);
        let told = ToldPosition {
            account: account(1),
            security: whole.0[0].security,
            currency: Currency::USD,
            day: whole.0[0].day,
            units,
            basis: Some(cost),
        };
        let found = openings(&methods, &whole.0, &[told]);
        let mut again = whole.0.clone();
        again.extend(found);
        let lots = LotKeeper::keep(&methods, &again).unwrap();
        prop_assert_eq!(lots.open.iter().map(|lot| lot.units).sum::<Decimal>(), units);
        if lots.open.iter().all(|lot| lot.basis.is_some()) {
            let left: Decimal = lots.open.iter().map(|lot| lot.basis.unwrap()).sum();
            prop_assert!((left - cost).abs() <= d("0.01"), "{left} is not {cost}");
        }
    }
}

#[test]
fn rows_of_one_day_have_their_order() {
    // Bought and sold on one day: what is bought comes first, whichever row is told first.
    let history =
        History::default().trade("2024-01-02", "-10", "120", "0").trade("2024-01-02", "10", "100", "0");
    let lots = history.lots(LotMethod::Fifo);
    assert!(lots.open.is_empty() && lots.closed[0].side == Side::Long);
    assert_eq!(lots.closed[0].closed_by, Some(transaction(1)));
}
