//! Days on which several accounts were told.

use uuid::Uuid;

use super::*;
use crate::{
    id::AccountId,
    ledger::{AccountKind, BalanceSource, ToldBalance},
    money::Currency,
};

fn day(day: u32) -> Day {
    Day::new(2025, 1, day).unwrap()
}

fn record(is_active: bool, told: &[(u32, i64)]) -> AccountRecord {
    let point = |(on, balance): &(u32, i64)| ToldBalance {
        as_of: day(*on).start(),
        source: BalanceSource::Sync,
        balance: Decimal::from(*balance),
    };
    AccountRecord {
        account: AccountId(Uuid::nil()),
        kind: AccountKind::Brokerage,
        is_counted: true,
        same_as: None,
        currency: Currency::USD,
        is_active,
        told: told.iter().map(point).collect(),
        sums: Vec::new(),
    }
}

fn together(records: &[AccountRecord]) -> Vec<(Day, i64)> {
    let found = told_together(records, day(20)).unwrap();
    found.into_iter().map(|(day, value)| (day, i64::try_from(value).unwrap())).collect()
}

#[test]
fn every_account_that_is_there_has_to_be_told() {
    let one = record(true, &[(1, 10), (2, 11), (3, 12), (5, 13), (21, 14)]);
    let other = record(true, &[(2, 100), (3, 101), (4, 102), (5, 103), (21, 104)]);
    assert_eq!(together(&[one.clone(), other]), [(day(2), 111), (day(3), 113), (day(5), 116)]);
    // One that is over is asked until then.
    let over = record(false, &[(2, 100), (3, 0)]);
    assert_eq!(together(&[one.clone(), over]), [(day(2), 111), (day(3), 12), (day(5), 13)]);
    assert_eq!(together(&[one, record(true, &[])]), []);
    // What a person stated counts where nobody else told anything.
    let mut stated = record(true, &[(1, 10), (1, 99)]);
    stated.told[1].source = BalanceSource::User;
    assert_eq!(together(&[stated]), [(day(1), 10)]);
}

#[test]
fn an_account_that_is_over_is_empty() {
    let left = |last: i64, flows: &[(u32, i64)]| {
        let flows = flows.iter().map(|(on, amount)| (day(*on), Decimal::from(*amount)));
        left_untold(&record(false, &[(1, 500), (2, last)]), flows)
    };
    assert!(!left(0, &[(2, -500)]));
    assert!(!left(500, &[(3, -500)]));
    assert!(!left(500, &[(3, -510)]), "what it gained on its last days went with the rest");
    assert!(!left(-20, &[(3, 20)]));
    assert!(left(500, &[]) && left(500, &[(2, -500)]) && left(500, &[(3, -490)]) && left(-20, &[]));
}
