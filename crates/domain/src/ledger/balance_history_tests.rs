//! The balance of an account on each day, against known answers.

use super::*;
use crate::money::exact_decimal;

fn day(day: u32) -> Day {
    Day::new(2026, 3, day).unwrap()
}

fn decimal(text: &str) -> Decimal {
    exact_decimal(text).unwrap()
}

fn moves(moves: &[(u32, &str)]) -> Vec<DaySum> {
    moves.iter().map(|(at, amount)| DaySum { day: day(*at), sum: decimal(amount), count: 1 }).collect()
}

fn told_at(at: u32, hour: i64, source: BalanceSource, balance: &str) -> ToldBalance {
    let as_of = day(at).start().plus(chrono::TimeDelta::hours(hour));
    ToldBalance { as_of, source, balance: decimal(balance) }
}

fn told(told: &[(u32, &str)]) -> Vec<ToldBalance> {
    told.iter().map(|(at, balance)| told_at(*at, 8, BalanceSource::Sync, balance)).collect()
}

/// Each day as its balance, `s`tated, `b`ackward or nothing, and `e`stimated.
fn shown(history: &BalanceHistory) -> String {
    let shown = |day: &DayBalance| {
        let mark = match day.basis {
            BalanceBasis::Stated => "s",
            BalanceBasis::Backward => "b",
            BalanceBasis::Forward | BalanceBasis::Unknown => "",
        };
        let estimated = if day.is_estimated { "e" } else { "" };
        day.balance.map_or("?".to_owned(), |balance| format!("{balance}{mark}{estimated}"))
    };
    history.days.iter().map(shown).collect::<Vec<_>>().join(" ")
}

fn history(told: &[ToldBalance], moves: &[DaySum], from: u32, to: u32) -> BalanceHistory {
    balance_history(AccountKind::Checking, told, moves, day(from), day(to))
}

/// Five movements and two told balances that do not agree: known answers, reckoned by hand.
fn example() -> (Vec<ToldBalance>, Vec<DaySum>) {
    let moves = moves(&[(2, "-20"), (3, "-5"), (5, "100"), (7, "-30"), (9, "-1.50")]);
    (told(&[(4, "500.00"), (8, "565.00")]), moves)
}

#[test]
fn movements_lead_from_one_told_balance_to_the_next_and_what_is_missing_is_a_gap() {
    let (told, moves) = example();
    let ten_days = history(&told, &moves, 1, 10);
    assert_eq!(
        shown(&ten_days),
        "525.00b 505.00b 500.00b 500.00s 600.00e 600.00e 570.00e 565.00s 563.50 563.50"
    );
    assert_eq!(ten_days.gaps, [BalanceGap { from: day(5), to: day(8), amount: decimal("-5.00") }]);
}

#[test]
fn every_cut_of_the_days_shows_the_same_days() {
    let (told, moves) = example();
    let whole = history(&told, &moves, 1, 12);
    for from in 1..=12 {
        for to in from..=12 {
            let part = history(&told, &moves, from, to);
            let at = usize::try_from(from - 1).unwrap();
            assert_eq!(part.days, whole.days[at..=at + usize::try_from(to - from).unwrap()], "{from}..{to}");
            assert_eq!(part.gaps.len(), usize::from(from <= 8 && to >= 5), "{from}..{to}");
        }
    }
}

#[test]
fn before_the_first_known_movement_and_without_any_told_balance_nothing_is_known() {
    let (told, moves) = example();
    let mut early = moves.clone();
    early.retain(|sum| sum.day >= day(3));
    assert_eq!(shown(&history(&told, &early, 1, 4)), "? 505.00b 500.00b 500.00s");
    assert_eq!(shown(&history(&[], &moves, 1, 3)), "? ? ?");
    assert_eq!(shown(&history(&told, &[], 2, 5)), "? ? 500.00s 500.00e");
}

#[test]
fn told_balances_that_agree_leave_no_gap() {
    let quiet = history(&told(&[(1, "100"), (9, "100")]), &[], 1, 9);
    assert_eq!(quiet.gaps, []);
    assert_eq!(shown(&quiet), "100s 100 100 100 100 100 100 100 100s");
}

#[test]
fn the_last_balance_of_a_day_counts_and_the_institutions_before_a_statements() {
    let sync = |hour, balance| told_at(2, hour, BalanceSource::Sync, balance);
    let statement = |hour, balance| told_at(2, hour, BalanceSource::Statement, balance);
    for (told, expected) in [
        (vec![sync(8, "90"), sync(20, "80")], "80s"),
        (vec![sync(20, "80"), sync(8, "90")], "80s"),
        (vec![statement(20, "70"), sync(20, "80")], "80s"),
        (vec![sync(20, "80"), statement(20, "70")], "80s"),
        (vec![sync(8, "80"), statement(20, "70")], "70s"),
    ] {
        assert_eq!(shown(&history(&told, &[], 2, 2)), expected);
    }
}

#[test]
fn what_is_owed_is_reckoned_like_what_is_owned() {
    let (_, moves) = example();
    let card = balance_history(AccountKind::CreditCard, &told(&[(4, "-250")]), &moves, day(1), day(5));
    assert_eq!(shown(&card), "-225b -245b -250b -250s -150");
}

#[test]
fn a_row_of_last_year_changes_no_day_after_it() {
    let mut moves = moves(&[(10, "-1")]);
    let told = told(&[(20, "100")]);
    let before = history(&told, &moves, 1, 20);
    assert_eq!(before.days.iter().filter(|day| day.balance.is_none()).count(), 8);
    moves.insert(0, DaySum { day: day(3), sum: decimal("7"), count: 1 });
    let after = history(&told, &moves, 1, 20);
    assert_eq!(after.days[8..], before.days[8..]);
    assert_eq!(shown(&after).split(' ').take(3).collect::<Vec<_>>(), ["?", "94b", "101b"]);
}

#[test]
fn a_securities_account_is_worth_what_was_told_within_a_week() {
    let worth =
        balance_history(AccountKind::Brokerage, &told(&[(3, "10"), (12, "12")]), &[], day(2), day(13));
    assert_eq!(shown(&worth), "? 10s 10 10 10 10 10 10 10 ? 12s 12");
}

#[test]
fn a_row_of_long_ago_and_a_day_far_ahead_are_no_days_to_walk() {
    let (told, mut moves) = example();
    let ancient = Day::new(1, 1, 1).unwrap();
    moves.insert(0, DaySum { day: ancient, sum: decimal("7"), count: 1 });
    assert_eq!(shown(&history(&told, &moves, 1, 4)), "525.00b 505.00b 500.00b 500.00s");
    let (from, to) = (Day::new(9999, 12, 30).unwrap(), Day::new(9999, 12, 31).unwrap());
    let far = balance_history(AccountKind::Checking, &told, &moves, from, to);
    assert_eq!(shown(&far), "563.50 563.50");
    let first = balance_history(AccountKind::Checking, &told, &moves, ancient, ancient.plus_days(1));
    assert_eq!(shown(&first), "525.00b 525.00b");
    // Where it is too large to add up nothing is known, until the next balance that was told.
    let large = DaySum { day: day(3), sum: Decimal::MAX, count: 2 };
    let moves = [DaySum { day: day(2), ..large }, large];
    assert_eq!(shown(&history(&told, &moves, 1, 4)), "? ? ? 500.00s");
}

#[test]
fn what_a_person_states_counts_where_nobody_else_told_anything() {
    let stated = |at, balance| told_at(at, 23, BalanceSource::User, balance);
    let moves = moves(&[(2, "10"), (3, "1")]);
    assert_eq!(shown(&history(&[stated(1, "100")], &moves, 1, 3)), "100s 110 111");
    let both = [stated(1, "100"), told_at(1, 8, BalanceSource::Statement, "90"), stated(3, "101")];
    let history = history(&both, &moves, 1, 3);
    assert_eq!(shown(&history), "90s 100 101s");
    assert_eq!(history.gaps, []);
}
