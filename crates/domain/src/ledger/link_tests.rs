//! Which accounts can be one, and what they are together.

use uuid::Uuid;

use super::*;
use crate::{
    ledger::{AccountChange, sample},
    money::Currency,
};

fn id(of: u128) -> AccountId {
    AccountId(Uuid::from_u128(of))
}

fn at(of: u32) -> Timestamp {
    Day::new(2026, 11, of).unwrap().start()
}

fn account(of: u128, balance: i64, told: u32) -> Account {
    Account {
        id: id(of),
        external_id: of.to_string(),
        currency: Currency::EUR,
        balance: Some(Decimal::from(balance)),
        balance_as_of: Some(at(told)),
        created_at: at(1),
        updated_at: at(1),
        ..sample::account()
    }
}

#[test]
fn only_two_levels_of_one_currency_can_be_one() {
    let (one, mut other) = (account(1, 1, 1), account(2, 2, 2));
    assert_eq!(one.unlinkable(&other), None);
    assert_eq!(one.unlinkable(&one), Some(LinkProblem::Itself));
    let dollars = Account { currency: Currency::USD, ..account(3, 1, 1) };
    assert_eq!(one.unlinkable(&dollars), Some(LinkProblem::OtherCurrency));

    let mut linked = account(4, 1, 1);
    linked.correct(AccountChange { same_as: Some(Some(other.id)), ..AccountChange::default() }, at(2));
    other.note_link(linked.id, true, at(2));
    other.note_link(linked.id, true, at(2));
    assert_eq!((linked.same_as(), other.linked()), (Some(other.id), &[linked.id][..]));
    assert_eq!(one.unlinkable(&linked), Some(LinkProblem::Chain));
    assert_eq!(other.unlinkable(&one), Some(LinkProblem::HasLinked));
    for of in 10..25 {
        other.note_link(id(of), true, at(2));
    }
    assert_eq!(one.unlinkable(&other), Some(LinkProblem::TooMany));
    assert_eq!(linked.unlinkable(&other), None);
    for of in (10..25).chain([4]) {
        other.note_link(id(of), false, at(2));
    }
    assert_eq!(other.corrections, None);
}

#[test]
fn two_accounts_are_distinct_whichever_of_them_says_so() {
    let (one, mut other) = (account(1, 1, 1), account(2, 2, 2));
    assert!(!one.is_distinct_from(&other));
    let distinct_from = Some(Some(vec![one.id]));
    other.correct(AccountChange { distinct_from, ..AccountChange::default() }, at(2));
    assert!(one.is_distinct_from(&other) && other.is_distinct_from(&one));
}

#[test]
fn the_latest_balance_of_all_counts_and_days_add_up() {
    let others = [account(2, 20, 5), account(3, 30, 4), Account { balance: None, ..account(4, 0, 9) }];
    let latest = account(1, 10, 3).with_latest_balance(&others);
    assert_eq!((latest.balance, latest.balance_as_of), (Some(Decimal::from(20)), Some(at(5))));
    assert_eq!(account(1, 10, 5).with_latest_balance(&others).balance, Some(Decimal::from(10)));

    let sum =
        |of, sum: i64| DaySum { day: Day::new(2026, 11, of).unwrap(), sum: Decimal::from(sum), count: 1 };
    let joined = join_sums([sum(3, 5), sum(1, 1), sum(3, -2)]);
    assert_eq!(joined, [sum(1, 1), DaySum { count: 2, ..sum(3, 3) }]);
}
