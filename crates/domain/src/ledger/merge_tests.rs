//! Tests of the merge.

use super::*;
use crate::{
    ledger::{TransactionDetails, TransactionKind},
    money::{Currency, exact_decimal},
    time::Day,
};

fn now() -> Timestamp {
    Timestamp::from_micros(1_700_000_000_000_000).unwrap()
}

fn owner() -> UserId {
    UserId(Uuid::nil())
}

fn account() -> AccountId {
    AccountId(Uuid::from_u128(2))
}

fn pulled(id: &str, replaces: Option<&str>, amount: &str, status: TransactionStatus) -> PulledTransaction {
    PulledTransaction {
        external_id: id.into(),
        replaces: replaces.map(str::to_owned),
        day: Day::new(2026, 3, 1).unwrap(),
        occurred_at: None,
        amount: exact_decimal(amount).unwrap(),
        currency: Currency::USD,
        description: "Card".into(),
        kind: TransactionKind::PointOfSale,
        status,
        memo: None,
        trade: None,
        details: TransactionDetails::default(),
        raw: serde_json::Value::Null,
    }
}

fn reconciled(known: Vec<Transaction>, page: Vec<PulledTransaction>) -> PullChanges {
    let mut id = 0;
    reconcile(owner(), account(), SyncRunId(Uuid::nil()), known, page, now(), || {
        id += 1;
        Uuid::from_u128(id)
    })
}

#[test]
fn a_posted_row_takes_over_its_pending_one() {
    use TransactionStatus::{Pending, Posted, Removed};
    let first = reconciled(vec![], vec![pulled("p", None, "-5", Pending)]).added;
    let again = reconciled(first.clone(), vec![pulled("p", None, "-5", Pending)]);
    assert_eq!((again.added.len(), again.changed.len(), again.unchanged.len()), (0, 0, 1));

    let posted = reconciled(first.clone(), vec![pulled("q", Some("p"), "-6", Posted)]);
    assert!(posted.added.is_empty());
    assert_eq!(posted.changed[0].id, first[0].id);
    assert_eq!((posted.changed[0].source_id.as_str(), posted.changed[0].status), ("q", Posted));

    // Both are stored already: the pending one goes.
    let own = reconciled(vec![], vec![pulled("q", None, "-6", Posted)]).added;
    let both = reconciled([first, own].concat(), vec![pulled("q", Some("p"), "-6", Posted)]);
    assert_eq!(both.changed.len(), 1);
    assert_eq!((both.changed[0].source_id.as_str(), both.changed[0].status), ("p", Removed));
}

#[test]
fn a_row_told_twice_in_one_page_counts_once() {
    use TransactionStatus::Posted;
    let changes = reconciled(vec![], vec![pulled("a", None, "-5", Posted), pulled("a", None, "-6", Posted)]);
    assert_eq!(changes.added.len(), 1);
    assert_eq!(changes.added[0].amount, exact_decimal("-6").unwrap());
}
