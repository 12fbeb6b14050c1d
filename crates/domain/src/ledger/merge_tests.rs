//! Tests of the merge.

use super::*;
use crate::{
    ledger::TransactionKind,
    money::{Decimal, exact_decimal},
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

fn import(n: u128) -> ImportId {
    ImportId(Uuid::from_u128(n))
}

fn row(id: Option<&str>, day: u32, amount: &str, name: &str) -> StatementRow {
    StatementRow {
        line: 1,
        source_id: id.map(str::to_owned),
        corrects: None,
        day: Day::new(2026, 3, day).unwrap(),
        occurred_at: None,
        amount: exact_decimal(amount).unwrap(),
        kind: TransactionKind::Debit,
        source_kind: "DEBIT".into(),
        name: Some(name.into()),
        memo: None,
        check_number: None,
        reference: None,
        currency: None,
        raw: String::new(),
    }
}

/// Imports files one after the other, page by page, as the use case does; what is stored in the end.
fn import_all(files: &[Vec<StatementRow>], page: usize) -> (Vec<Transaction>, Vec<(i64, usize)>) {
    let mut stored: Vec<Transaction> = Vec::new();
    let mut reports = Vec::new();
    let mut id = 100;
    for (n, file) in files.iter().enumerate() {
        let mut merge = StatementMerge::default();
        let (mut known, mut added) = (0, 0);
        for rows in file.chunks(page) {
            let ids = StatementMerge::source_ids(rows);
            let there = stored.iter().filter(|t| ids.contains(&t.source_id)).cloned().collect();
            let plan = merge.plan(
                owner(),
                account(),
                import(n as u128),
                Currency::USD,
                there,
                rows.to_vec(),
                now(),
                || {
                    id += 1;
                    Uuid::from_u128(id)
                },
            );
            known += plan.known;
            added += plan.added.len();
            stored.extend(plan.added);
        }
        reports.push((known, added));
    }
    (stored, reports)
}

#[test]
fn the_same_file_again_adds_nothing() {
    let file = vec![
        row(Some("1"), 1, "-5", "Coffee"),
        row(None, 2, "-3.50", "Coffee"),
        row(None, 2, "-3.50", "Coffee"),
        row(Some("2"), 3, "10", "Refund"),
    ];
    for page in [1, 2, 10] {
        let (stored, reports) = import_all(&[file.clone(), file.clone()], page);
        assert_eq!(stored.len(), 4, "two equal coffees stay two");
        assert_eq!(reports, [(0, 4), (4, 0)]);
    }
}

#[test]
fn overlapping_statements_add_the_overlap_once() {
    let first = vec![row(Some("a"), 1, "-1", "A"), row(Some("b"), 5, "-2", "B")];
    // The bank shifted b by two days and spells it otherwise.
    let second = vec![row(Some("b"), 7, "-2", "B GmbH"), row(Some("c"), 9, "-3", "C")];
    let (stored, reports) = import_all(&[first, second], 10);
    assert_eq!(stored.len(), 3);
    assert_eq!(reports[1], (1, 1));
}

#[test]
fn one_id_for_different_rows_keeps_them_apart() {
    let file = vec![
        row(Some("x"), 1, "-1", "A"),
        row(Some("x"), 1, "-2", "A"),
        row(Some("x"), 20, "-1", "A"),
        row(Some("x"), 1, "-1", "Other"),
        row(Some("x"), 1, "-1", "A"),
    ];
    let (stored, reports) = import_all(&[file.clone(), file], 2);
    assert_eq!(stored.iter().map(|t| t.ordinal).collect::<Vec<_>>(), [0, 1, 2, 3]);
    assert_eq!(reports, [(1, 4), (5, 0)]);
    let total: Decimal = stored.iter().map(|t| t.amount).sum();
    assert_eq!(total, exact_decimal("-5").unwrap());
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
