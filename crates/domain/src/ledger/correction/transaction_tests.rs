//! Tests of the corrections of transactions.

use uuid::Uuid;

use super::*;
use crate::ledger::sample::transaction;
use crate::{
    id::{AccountId, TransactionId, UserId},
    ledger::{TransactionDetails, TransactionKind},
    money::exact_decimal,
};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000).unwrap()
}

fn day(of: u32) -> Day {
    Day::new(2026, 3, of).unwrap()
}

fn told() -> Transaction {
    Transaction {
        id: TransactionId(Uuid::from_u128(1)),
        account: AccountId(Uuid::from_u128(2)),
        owner: UserId(Uuid::from_u128(3)),
        source_id: "a".to_owned(),
        day: day(2),
        amount: exact_decimal("-12.30").unwrap(),
        description: "SQ *JOES".to_owned(),
        kind: TransactionKind::PointOfSale,
        details: TransactionDetails { payee: Some("JOES".to_owned()), ..TransactionDetails::default() },
        created_at: at(0),
        updated_at: at(0),
        ..transaction()
    }
}

fn part(amount: &str) -> SplitPart {
    SplitPart { amount: exact_decimal(amount).unwrap(), description: None, category: None }
}

fn everything() -> TransactionChange {
    TransactionChange {
        description: Some("Joe's Pizza".parse().ok()),
        merchant: Some("Joe".parse().ok()),
        category: Some("food".parse().ok()),
        day: Some(Some(day(1))),
        sign: Some(Some(Sign::Positive)),
        note: Some("with Ann".parse().ok()),
        hidden: Some(Some(true)),
        split: Some(Some(vec![part("10"), part("2.30")])),
        tags: Some(Tags::new(["Trip".parse().unwrap()])),
        lots: Some(Some(vec![Pick { opened_by: TransactionId(Uuid::from_u128(4)), units: Decimal::ONE }])),
    }
}

#[test]
fn what_is_corrected_is_shown_and_what_was_told_stays() {
    let mut row = told();
    assert_eq!(row.correct(everything(), at(9)), TransactionField::ALL);
    assert_eq!((row.shown_description(), row.shown_merchant()), ("Joe's Pizza", Some("Joe")));
    assert_eq!((row.shown_day(), row.shown_amount().to_string()), (day(1), "12.30".to_owned()));
    assert_eq!((row.note(), row.is_hidden(), row.split_adds_up()), (Some("with Ann"), true, true));
    assert!(!row.differs(&told()), "a correction is nothing that an institution says");

    // What the institution says later does not touch it, and shows again once it is taken back.
    row.description = "JOE S PIZZA".to_owned();
    row.amount = exact_decimal("-14").unwrap();
    assert_eq!((row.shown_description(), row.shown_amount().to_string()), ("Joe's Pizza", "14".to_owned()));
    assert!(!row.split_adds_up(), "the institution changed the amount");
    for field in TransactionField::ALL {
        assert_eq!(row.correct(TransactionChange::take_back(field), at(10)), [field]);
        assert_eq!(row.correct(TransactionChange::take_back(field), at(10)), []);
    }
    assert_eq!(row.corrections, None);
    assert!(row.tags().is_empty());
    assert_eq!((row.shown_description(), row.shown_merchant()), ("JOE S PIZZA", Some("JOES")));
    assert_eq!((row.shown_day(), row.note(), row.is_hidden(), row.split()), (day(2), None, false, None));
}

#[test]
fn the_same_correction_again_changes_nothing() {
    let mut row = told();
    row.correct(everything(), at(9));
    let before = row.clone();
    assert_eq!(row.correct(everything(), at(20)), []);
    assert_eq!(row, before);
    let other = TransactionChange { day: Some(Some(day(3))), ..everything() };
    assert_eq!(row.correct(other, at(21)), [TransactionField::Day]);
    let corrections = row.corrections.unwrap();
    assert_eq!((corrections.day.unwrap().at, corrections.sign.unwrap().at), (at(21), at(9)));
}
