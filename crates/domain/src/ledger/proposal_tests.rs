//! Which accounts look like one.

use uuid::Uuid;

use super::*;
use crate::ledger::sample::{self, transaction};
use crate::{
    id::{ConnectionId, TransactionId},
    ledger::{AccountChange, AccountKind, AccountSource},
    money::{Currency, Decimal},
    time::Timestamp,
};

fn at(of: u32) -> Timestamp {
    Day::new(2026, 11, of).unwrap().start()
}

fn account(of: u128, connection: Option<u128>) -> Account {
    let source = match connection {
        Some(connection) => AccountSource::Connection(ConnectionId(Uuid::from_u128(connection))),
        None => AccountSource::Files { institution_id: "1".to_owned() },
    };
    Account {
        id: AccountId(Uuid::from_u128(of)),
        source,
        external_id: of.to_string(),
        institution: Some("Village Bank".to_owned()),
        mask: Some("****1234".to_owned()),
        currency: Currency::EUR,
        balance: Some(Decimal::from(of)),
        balance_as_of: Some(at(1)),
        last_synced_at: Some(at(20)),
        created_at: at(u32::try_from(of).unwrap()),
        updated_at: at(1),
        ..sample::account()
    }
}

fn row(of: &Account, number: u128, on: u32) -> Transaction {
    Transaction {
        id: TransactionId(Uuid::from_u128(of.id.0.as_u128() * 1_000 + number)),
        account: of.id,
        owner: of.owner,
        source_id: number.to_string(),
        day: Day::new(2026, 11, on).unwrap(),
        amount: Decimal::from(number),
        currency: of.currency,
        description: "CORNER CAFE".to_owned(),
        created_at: at(1),
        updated_at: at(1),
        ..transaction()
    }
}

fn proposed(one: &Account, other: &Account) -> Option<AccountProposal> {
    let found = Candidates::of(one, other);
    assert_eq!(Candidates::of(other, one), found, "whichever comes first");
    found?.confirmed(&[], &[])
}

#[test]
fn a_file_of_the_same_institution_and_number_is_proposed() {
    let (connected, filed) = (account(2, Some(1)), account(1, None));
    let proposal = proposed(&connected, &filed).unwrap();
    assert_eq!((proposal.account, proposal.same_as), (filed.id, connected.id));
    assert_eq!(proposal.kind, ProposalKind::SameAccount);
    let with = |change: &dyn Fn(&mut Account)| {
        let mut other = filed.clone();
        change(&mut other);
        proposed(&connected, &other).is_some()
    };
    assert!(with(&|other| other.mask = Some("000-001234".to_owned())));
    assert!(with(&|other| other.institution = Some("VILLAGE BANK INC".to_owned())));
    assert!(with(&|other| other.kind = AccountKind::Other));
    assert!(!with(&|other| other.mask = Some("****1235".to_owned())));
    assert!(!with(&|other| other.currency = Currency::USD));
    assert!(!with(&|other| other.kind = AccountKind::Savings));
    assert!(!with(&|other| other.institution = Some("Town Credit Union".to_owned())));
    // Without a number, or an institution, only rows tell.
    assert!(!with(&|other| other.mask = None));
    assert!(!with(&|other| other.institution = None));
    let distinct_from = Some(Some(vec![connected.id]));
    let says = AccountChange { distinct_from, ..AccountChange::default() };
    assert!(!with(&|other| drop(other.correct(says.clone(), at(9)))));
    // Two that one connection shows at once are two.
    assert_eq!(proposed(&connected, &account(3, Some(1))), None);
    assert!(proposed(&connected, &account(3, Some(2))).is_some());
}

#[test]
fn rows_of_the_same_days_confirm_or_contradict() {
    let (connected, mut filed) = (account(2, Some(1)), account(1, None));
    let of = |account: &Account, rows: &[(u128, u32)]| -> Vec<Transaction> {
        rows.iter().map(|(number, on)| row(account, *number, *on)).collect()
    };
    let told = of(&connected, &[(1, 3), (2, 5), (3, 7), (4, 9)]);
    let confirmed = |filed: &Account, rows: &[(u128, u32)]| {
        Candidates::of(&connected, filed)?.confirmed(&of(filed, rows), &told)
    };
    // Of days that only the file tells of, nothing follows.
    let proposal = confirmed(&filed, &[(1, 3), (2, 6), (3, 7), (9, 1), (8, 20)]).unwrap();
    assert_eq!((proposal.evidence.rows_compared, proposal.evidence.rows_found), (3, 3));
    assert_eq!(confirmed(&filed, &[(11, 3), (12, 5), (3, 7)]), None);
    filed.mask = None;
    assert!(confirmed(&filed, &[(1, 3), (2, 6), (3, 7)]).is_some());
    assert_eq!(confirmed(&filed, &[(1, 3), (2, 6)]), None, "two are not enough");
}

#[test]
fn an_account_that_came_back_under_another_id_replaces_what_it_was() {
    let old = Account { is_active: false, ..account(1, Some(1)) };
    let new = account(2, Some(1));
    let proposal = proposed(&old, &new).unwrap();
    assert_eq!((proposal.kind, proposal.account, proposal.same_as), (ProposalKind::Replaces, new.id, old.id));
    // The old connection was not synchronised since.
    let old = Account { last_synced_at: Some(at(1)), ..account(1, Some(1)) };
    let new = account(2, Some(2));
    assert_eq!(proposed(&old, &new).unwrap().kind, ProposalKind::Replaces);
    // Without a number the last balance tells.
    let unnumbered =
        |balance: i64| Account { mask: None, balance: Some(Decimal::from(balance)), ..new.clone() };
    assert_eq!(proposed(&old, &unnumbered(1)).unwrap().kind, ProposalKind::Replaces);
    assert_eq!(proposed(&old, &unnumbered(2)), None);
}

#[test]
fn the_days_that_are_needed_reach_a_little_further() {
    let of = account(1, None);
    assert_eq!(Candidates::days(&[]), None);
    let days = Candidates::days(&[row(&of, 1, 9), row(&of, 2, 6)]);
    assert_eq!(days, Day::new(2026, 11, 2).zip(Day::new(2026, 11, 13)));
}
