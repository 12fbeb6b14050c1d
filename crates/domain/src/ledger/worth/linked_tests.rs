//! Accounts that are one, counted once.

use uuid::Uuid;

use super::*;
use crate::{
    ledger::{AccountKind, BalanceSource, DaySum, ToldBalance},
    money::{Currency, Decimal},
};

fn day(of: u32) -> Day {
    Day::new(2026, 11, of).unwrap()
}

fn id(of: u128) -> AccountId {
    AccountId(Uuid::from_u128(of))
}

fn record(of: u128, same_as: Option<u128>, told: &[(u32, i64)], sums: &[(u32, i64)]) -> AccountRecord {
    let told = told.iter().map(|(of, balance)| ToldBalance {
        as_of: day(*of).start(),
        source: BalanceSource::Sync,
        balance: Decimal::from(*balance),
    });
    let sums = sums.iter().map(|(of, sum)| DaySum { day: day(*of), sum: Decimal::from(*sum), count: 1 });
    AccountRecord {
        account: id(of),
        kind: AccountKind::Checking,
        is_counted: true,
        same_as: same_as.map(id),
        currency: Currency::EUR,
        is_active: of != 2,
        told: told.collect(),
        sums: sums.collect(),
    }
}

#[test]
fn what_is_linked_is_joined_to_its_primary_account() {
    let records = vec![
        record(1, Some(2), &[(3, 30)], &[(2, 5), (4, 1)]),
        record(2, None, &[(1, 10), (5, 50)], &[(4, 2)]),
        record(3, None, &[(1, 7)], &[]),
        record(4, Some(9), &[(1, 8)], &[]),
    ];
    let joined = join_linked(records);
    let mut primary = record(2, None, &[(1, 10), (3, 30), (5, 50)], &[(2, 5), (4, 3)]);
    (primary.is_active, primary.sums[1].count) = (true, 2);
    let others = [record(3, None, &[(1, 7)], &[]), record(4, Some(9), &[(1, 8)], &[])];
    assert_eq!(joined[0], primary);
    // Whose primary account is not there stands for itself.
    assert_eq!(joined[1..], others);
}

#[test]
fn what_moved_since_the_other_one_was_told_is_needed() {
    let told = |of, same_as, told| record(of, same_as, told, &[]);
    let needs = |records: &[AccountRecord]| earlier_beginning(records, day(10));
    assert_eq!(needs(&[told(1, None, &[(3, 1)]), told(2, None, &[])]), None);
    assert_eq!(needs(&[told(1, None, &[(3, 1)]), told(2, Some(1), &[])]), Some(day(3)));
    assert_eq!(needs(&[told(1, None, &[(12, 1)]), told(2, Some(1), &[(4, 1)])]), Some(day(4)));
    assert_eq!(needs(&[told(1, None, &[(3, 1)]), told(2, Some(1), &[(4, 1)])]), None);
    assert_eq!(needs(&[told(1, None, &[(12, 1)]), told(2, Some(1), &[])]), None);
}
