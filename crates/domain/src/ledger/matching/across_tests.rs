//! Rows of two sources, against known answers.

use uuid::Uuid;

use super::*;
use crate::ledger::sample::transaction;
use crate::{
    id::{AccountId, ImportId},
    money::exact_decimal,
    time::Timestamp,
};

type Ids = Vec<(u128, u128)>;
type Row = (u128, &'static str, &'static str, u32);

fn row(account: u128, (id, amount, text, on): Row) -> Transaction {
    let at = Timestamp::parse("2026-03-20T08:00:00Z").unwrap();
    Transaction {
        id: TransactionId(Uuid::from_u128(id)),
        account: AccountId(Uuid::from_u128(account)),
        source_id: format!("s{id}"),
        day: Day::new(2026, 3, on).unwrap(),
        amount: exact_decimal(amount).unwrap(),
        description: text.to_owned(),
        created_at: at,
        updated_at: at,
        ..transaction()
    }
}

fn decide(told: &[Row], counting: &[Row], before: &Decided) -> (Ids, Ids) {
    let rows =
        |account, rows: &[Row]| -> Vec<Transaction> { rows.iter().map(|of| row(account, *of)).collect() };
    let found = across(&rows(1, told), &rows(2, counting), before);
    let ids = |pairs: &[Pair]| {
        let mut ids: Vec<_> = pairs.iter().map(|pair| (pair.from.0.as_u128(), pair.to.0.as_u128())).collect();
        ids.sort_unstable();
        ids
    };
    (ids(&found.applied), ids(&found.suggested))
}

fn only(told: Row, counting: Row) -> Option<bool> {
    match decide(&[told], &[counting], &Decided::default()) {
        (applied, _) if !applied.is_empty() => Some(true),
        (_, suggested) if !suggested.is_empty() => Some(false),
        _ => None,
    }
}

#[test]
fn pairs_with_known_answers() {
    for (told, counting, answer) in [
        // Amount equal, at most four days apart, like words: one transaction.
        (("-12.50", "CORNER CAFE", 3), ("-12.5", "Corner Cafe 0042", 3), Some(true)),
        (("-12.50", "CORNER CAFE", 1), ("-12.50", "CORNER CAFE", 5), Some(true)),
        (("-12.50", "CORNER CAFE", 5), ("-12.50", "CORNER CAFE", 1), Some(true)),
        (("-12.50", "CORNER CAFE", 1), ("-12.50", "CORNER CAFE", 6), None),
        // Half of the words.
        (("-12.50", "CORNER CAFE", 1), ("-12.50", "CAFE BERLIN", 4), Some(true)),
        // Other words: only if nothing else could be meant, and the days are next to each other.
        (("-12.50", "SQ *JOES", 3), ("-12.50", "JOE S PIZZA", 3), Some(true)),
        (("-12.50", "SQ *JOES", 3), ("-12.50", "JOE S PIZZA", 4), Some(true)),
        (("-12.50", "SQ *JOES", 3), ("-12.50", "JOE S PIZZA", 2), Some(true)),
        (("-12.50", "SQ *JOES", 3), ("-12.50", "JOE S PIZZA", 5), Some(false)),
        // Another amount, or the other way.
        (("-12.50", "CORNER CAFE", 3), ("-12.51", "CORNER CAFE", 3), None),
        (("-12.50", "CORNER CAFE", 3), ("12.50", "CORNER CAFE", 3), None),
    ] {
        let (told, counting) = ((1, told.0, told.1, told.2), (2, counting.0, counting.1, counting.2));
        assert_eq!(only(told, counting), answer, "{told:?} {counting:?}");
    }
}

#[test]
fn each_row_is_in_one_pair_and_the_nearest_are_paired_first() {
    let none = Decided::default();
    let coffees = |first: u128, days: &[u32]| -> Vec<Row> {
        (first..).zip(days).map(|(id, day)| (id, "-3.20", "CORNER CAFE", *day)).collect()
    };
    // The third day is missing at the bank: that one is left over, and no other.
    let (applied, suggested) = decide(&coffees(1, &[1, 2, 3, 4, 5]), &coffees(11, &[1, 2, 4, 5]), &none);
    assert_eq!((applied, suggested), (vec![(1, 11), (2, 12), (4, 13), (5, 14)], vec![]));
    // Two on one day stay two.
    let (applied, _) = decide(&coffees(1, &[3, 3]), &coffees(11, &[3, 3]), &none);
    assert_eq!(applied, [(1, 11), (2, 12)]);
    let (applied, _) = decide(&coffees(1, &[3, 3]), &coffees(11, &[4]), &none);
    assert_eq!(applied, [(1, 11)]);
}

#[test]
fn what_could_be_something_else_is_asked() {
    let none = Decided::default();
    let (joe, shell) = ((1, "-43.10", "JOE S PIZZA", 3), (2, "-43.10", "SHELL OIL", 3));
    let (applied, suggested) = decide(&[joe, shell], &[(11, "-43.10", "KARTENZAHLUNG", 3)], &none);
    assert_eq!((applied, suggested.len()), (vec![], 2));
    // Nobody is asked about what a person has said.
    let pair = (TransactionId(Uuid::from_u128(1)), TransactionId(Uuid::from_u128(11)));
    let rejected = Decided { rejected: [pair].into(), ..Decided::default() };
    let (applied, suggested) = decide(&[joe], &[(11, "-43.10", "JOE S PIZZA", 3)], &rejected);
    assert_eq!((applied, suggested), (vec![], vec![]));
    // A row that is one of that source's already is no other one.
    let matched = Decided { matched: [pair.1].into(), ..Decided::default() };
    let (applied, suggested) = decide(&[joe], &[(11, "-43.10", "JOE S PIZZA", 3)], &matched);
    assert_eq!((applied, suggested), (vec![], vec![]));
}

#[test]
fn what_another_file_told_before_is_asked() {
    let [one, other] = [Some(ImportId(Uuid::from_u128(1))), Some(ImportId(Uuid::from_u128(2)))];
    let told = |of: Row, import| Transaction { import, ..row(1, of) };
    let counting = TransactionId(Uuid::from_u128(11));
    let first = told((1, "-12.50", "CORNER CAFE", 3), one);
    let merged = [(&first, counting)];
    let asked = |rows: &[Transaction], before: &Decided| -> Vec<_> {
        told_again(rows, &merged, before).iter().map(|pair| (pair.from.0.as_u128(), pair.to)).collect()
    };
    let none = Decided::default();
    let again = told((2, "-12.5", "Corner Cafe 0042", 3), other);
    assert_eq!(asked(std::slice::from_ref(&again), &none), [(2, counting)]);
    // Each row is told once by another file.
    assert_eq!(asked(&[again.clone(), Transaction { id: counting, ..again.clone() }], &none).len(), 1);
    let rejected = Decided { rejected: [(again.id, counting)].into(), ..Decided::default() };
    assert_eq!(asked(std::slice::from_ref(&again), &rejected), []);
    // Once it is decided that a file told a row, what else it tells that is alike is another purchase.
    let both = [(&first, counting), (&again, counting)];
    let more = told((3, "-12.50", "CORNER CAFE", 3), other);
    assert_eq!(told_again([&more], &both, &none), []);
    // A file tells two purchases that are alike, and so may a connection; other days, amounts and words are others.
    for other in [
        Transaction { import: one, ..again.clone() },
        Transaction { import: None, ..again },
        told((2, "-12.50", "CORNER CAFE", 4), other),
        told((2, "-12.51", "CORNER CAFE", 3), other),
        told((2, "12.50", "CORNER CAFE", 3), other),
        told((2, "-12.50", "SHELL OIL", 3), other),
    ] {
        assert_eq!(asked(&[other], &none), []);
    }
}
