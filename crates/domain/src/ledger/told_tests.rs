//! What is left of an account when one of its imports is taken back.

use uuid::Uuid;

use super::*;
use crate::{
    id::BalanceId,
    ledger::{AccountSource, BalanceParts, BalanceSource, sample},
    money::Decimal,
};

fn at(second: i64) -> Timestamp {
    Timestamp::from_micros(second * 1_000_000).unwrap()
}

fn import(number: u128) -> ImportId {
    ImportId(Uuid::from_u128(number))
}

fn account() -> Account {
    Account {
        id: AccountId(Uuid::from_u128(7)),
        owner: UserId(Uuid::from_u128(8)),
        source: AccountSource::Files { institution_id: "1".to_owned() },
        institution: Some("Bank 2".to_owned()),
        name: "Name 2".to_owned(),
        balance: Some(Decimal::from(20)),
        available: Some(Decimal::from(19)),
        balance_as_of: Some(at(2)),
        last_synced_at: Some(at(20)),
        updated_at: at(20),
        ..sample::account()
    }
}

fn told(number: u128, made: bool) -> ToldAccount {
    let seconds = i64::try_from(number).unwrap() * 10;
    let name = format!("Name {number}");
    let institution = Some(format!("Bank {number}"));
    ToldAccount { name, institution, ..ToldAccount::of(&account(), import(number), made, at(seconds)) }
}

fn balance(number: u128, as_of: i64, amount: i64) -> ImportedBalance {
    let point = BalancePoint {
        id: BalanceId(Uuid::from_u128(number)),
        account: account().id,
        owner: account().owner,
        balance: Decimal::from(amount),
        available: None,
        parts: BalanceParts::default(),
        currency: Currency::USD,
        as_of: at(as_of),
        source: BalanceSource::Statement,
        created_at: at(i64::try_from(number).unwrap() * 10),
    };
    ImportedBalance { import: import(number), point }
}

#[test]
fn of_two_imports_either_leaves_what_the_other_said() {
    let tellings = Tellings {
        accounts: vec![told(1, true), told(2, false)],
        balances: vec![balance(1, 1, 10), balance(1, 2, 15), balance(2, 2, 20)],
    };
    // Without the second, the first is what there was.
    let back = tellings.balances_without(import(2));
    assert_eq!((back.removed, back.recorded), (vec![], vec![tellings.balances[1].point.clone()]));
    let latest = &tellings.balances[1].point;
    let left = tellings.account_without(import(2), &account(), Some(latest), at(99)).unwrap();
    assert_eq!((left.name.as_str(), left.institution.as_deref()), ("Name 1", Some("Bank 1")));
    assert_eq!((left.balance, left.available), (Some(Decimal::from(15)), None));
    assert_eq!((left.last_synced_at, left.updated_at), (Some(at(10)), at(99)));
    assert_eq!(tellings.heir(import(2)), None);
    // Without the first, what the second wrote stays, and the account is there because of it.
    let back = tellings.balances_without(import(1));
    assert_eq!((back.removed, back.recorded), (vec![at(1)], vec![]));
    let latest = &tellings.balances[2].point;
    let left = Account { available: None, ..account() };
    assert_eq!(
        tellings.account_without(import(1), &left, Some(latest), at(99)),
        None,
        "nothing a reader sees is another one"
    );
    assert_eq!(tellings.heir(import(1)), Some(ToldAccount { made: true, ..told(2, false) }));
}

#[test]
fn the_only_import_leaves_no_balance_and_no_heir() {
    let tellings = Tellings { accounts: vec![told(2, true)], balances: vec![balance(2, 2, 20)] };
    assert_eq!(tellings.balances_without(import(2)).removed, [at(2)]);
    let left = tellings.account_without(import(2), &account(), None, at(99)).unwrap();
    assert_eq!((left.balance, left.available, left.balance_as_of), (None, None, None));
    assert_eq!((left.last_synced_at, left.name.as_str()), (None, "Name 2"));
    assert_eq!(tellings.heir(import(2)), None);
    // A balance that a synchronisation told last is not the import's to take back.
    let synced = Account { balance_as_of: Some(at(3)), last_synced_at: Some(at(30)), ..account() };
    assert_eq!(tellings.account_without(import(2), &synced, None, at(99)), None);
    assert_eq!(tellings.account_without(import(9), &synced, None, at(99)), None);
}
