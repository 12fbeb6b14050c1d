//! The statements of months, against answers reckoned by hand.

use super::*;
use crate::{ledger::BalanceSource, money::exact_decimal};

fn day(month: u32, day: u32) -> Day {
    Day::new(2026, month, day).unwrap()
}

fn decimal(text: &str) -> Decimal {
    exact_decimal(text).unwrap()
}

fn told(told: &[(Day, &str)]) -> Vec<ToldBalance> {
    let point = |(day, balance): &(Day, &str)| ToldBalance {
        as_of: day.start(),
        source: BalanceSource::Statement,
        balance: decimal(balance),
    };
    told.iter().map(point).collect()
}

fn moves(moves: &[(Day, &str)]) -> Vec<DaySum> {
    moves.iter().map(|(day, sum)| DaySum { day: *day, sum: decimal(sum), count: 1 }).collect()
}

fn months(first: &str, last: &str) -> (Month, Month) {
    (Month::parse(first).unwrap(), Month::parse(last).unwrap())
}

/// Each month as what it began with, what moved and what it ended with, the difference and the state.
fn shown(of: &[MonthStatement]) -> Vec<String> {
    let or = |amount: Option<Decimal>| amount.map_or("?".to_owned(), |amount| amount.to_string());
    let line = |of: &MonthStatement| {
        let [opening, moved, closing, difference] =
            [of.opening, of.movements, of.closing, of.difference].map(or);
        let (month, state) = (of.month, of.state.as_str());
        format!("{month}: {opening} + {moved} = {closing}, {difference} {state}")
    };
    of.iter().map(line).collect()
}

#[test]
fn a_month_adds_up_or_names_its_gap() {
    let told = told(&[(day(1, 31), "500"), (day(3, 15), "565")]);
    let moves = moves(&[(day(1, 10), "-20"), (day(2, 5), "100"), (day(3, 7), "-30"), (day(4, 2), "-1.50")]);
    let of =
        monthly_statements(AccountKind::Checking, &told, &moves, months("2025-12", "2026-06"), day(4, 10));
    assert_eq!(
        shown(&of),
        [
            "2025-12: ? + 0 = ?, ? unknown",
            "2026-01: 520 + -20 = 500, 0 balanced",
            "2026-02: 500 + 100 = 600, 0 gap",
            "2026-03: 600 + -30 = 565, -5 gap",
            "2026-04: 565 + -1.50 = 563.50, 0.00 balanced",
        ]
    );
    assert_eq!((of[1].from, of[1].to, of[1].count), (day(1, 10), day(1, 31), 1), "it begins on the ninth");
    assert_eq!((of[2].is_estimated, of[3].is_estimated), (true, false));
    let gap = BalanceGap { from: day(2, 1), to: day(3, 15), amount: decimal("-5") };
    assert_eq!((&of[2].gaps[..], &of[3].gaps[..]), (&[gap][..], &[gap][..]));
    assert_eq!((of[4].to, of[4].gaps.len()), (day(4, 10), 0), "the month goes on");
}

#[test]
fn of_nothing_told_nothing_is_made_up() {
    let moves = moves(&[(day(1, 10), "-20")]);
    let of = monthly_statements(AccountKind::Checking, &[], &moves, months("2026-01", "2026-01"), day(2, 1));
    assert_eq!(shown(&of), ["2026-01: ? + -20 = ?, ? unknown"]);
    let none =
        monthly_statements(AccountKind::Checking, &[], &moves, months("2026-03", "2026-04"), day(2, 1));
    assert_eq!(none, []);
}

#[test]
fn what_securities_gain_is_no_gap() {
    let told = told(&[(day(1, 30), "1000"), (day(2, 27), "1100")]);
    let moves = moves(&[(day(2, 5), "40")]);
    let of =
        monthly_statements(AccountKind::Brokerage, &told, &moves, months("2026-02", "2026-03"), day(3, 20));
    assert_eq!(shown(&of), ["2026-02: 1000 + 40 = 1100, 60 valued", "2026-03: 1100 + 0 = ?, ? unknown"]);
}

#[test]
fn months_are_read_and_written_alike() {
    for text in ["2026-01", "0001-12", "9999-12"] {
        assert_eq!(Month::parse(text).unwrap().to_string(), text);
    }
    for text in ["2026", "2026-13", "2026-1", "0000-01", "2026-01-01", "+026-01", "2026/01"] {
        assert_eq!(Month::parse(text), None, "{text}");
    }
    let december = Month::parse("2025-12").unwrap();
    assert_eq!((december.last(), december.plus(2).last()), (Day::new(2025, 12, 31).unwrap(), day(2, 28)));
}
