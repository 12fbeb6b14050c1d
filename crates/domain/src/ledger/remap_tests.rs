//! What a row says when it is read again.

use uuid::Uuid;

use super::*;
use crate::ledger::sample::transaction;
use crate::{
    id::TransactionId,
    ledger::{TransactionDetails, TransactionKind},
    money::Decimal,
    time::Day,
};

fn stored() -> Transaction {
    Transaction {
        id: TransactionId(Uuid::from_u128(1)),
        account: AccountId(Uuid::from_u128(2)),
        owner: UserId(Uuid::from_u128(3)),
        source_id: "a".to_owned(),
        day: Day::new(2026, 3, 1).unwrap(),
        amount: Decimal::from(-5),
        description: "Coffee".to_owned(),
        memo: Some("of a file".to_owned()),
        check_number: Some("7".to_owned()),
        raw: Some("{}".to_owned()),
        created_at: Timestamp::from_micros(0).unwrap(),
        updated_at: Timestamp::from_micros(0).unwrap(),
        ..transaction()
    }
}

#[test]
fn a_row_changes_where_its_mapper_reads_it_otherwise() {
    let (stored, now) = (stored(), Timestamp::from_micros(9).unwrap());
    let told = |description: &str, amount: i64| {
        PulledTransaction::new("b", stored.day, Decimal::from(amount), Currency::USD, description)
    };
    assert_eq!(remap_pulled(&stored, told("Coffee", -5), now), None);
    let changed = remap_pulled(&stored, told("Tea", -6), now).unwrap();
    // What the mapper does not tell stays, and so does what the row is found by.
    let expected = Transaction {
        description: "Tea".to_owned(),
        amount: Decimal::from(-6),
        updated_at: now,
        ..stored.clone()
    };
    assert_eq!(changed, expected);
    let fields: Vec<_> = changed_fields(&stored, &changed).into_iter().map(|change| change.field).collect();
    assert_eq!(fields, ["amount", "description"]);
}

#[test]
fn a_row_that_is_found_by_what_it_says_is_found_by_what_it_says_now() {
    let now = Timestamp::from_micros(9).unwrap();
    let told = |name: &str| StatementRow {
        line: 1,
        source_id: None,
        corrects: None,
        day: stored().day,
        occurred_at: None,
        amount: Decimal::from(-5),
        kind: TransactionKind::Debit,
        source_kind: "DEBIT".to_owned(),
        name: Some(name.to_owned()),
        memo: Some("of a file".to_owned()),
        check_number: Some("7".to_owned()),
        reference: None,
        currency: None,
        trade: None,
        details: TransactionDetails::default(),
        raw: String::new(),
    };
    assert_eq!(remap_stated(&stored(), told("Coffee"), Currency::USD, now), None);
    let anonymous = Transaction { source_id: content_id(&told("Coffee")), ..stored() };
    assert_eq!(remap_stated(&anonymous, told("Coffee"), Currency::USD, now), None);
    let changed = remap_stated(&anonymous, told("Tea"), Currency::USD, now).unwrap();
    assert_eq!((changed.description.as_str(), changed.id), ("Tea", anonymous.id));
    assert_eq!(changed.source_id, content_id(&told("Tea")));
}

#[test]
fn what_is_too_long_is_not_kept() {
    let of = |length: usize| KeptPayload::of(None, &"x".repeat(length).into());
    assert_eq!(KeptPayload::of(None, &serde_json::Value::Null), None);
    // With its quotes.
    assert_eq!(of(KeptPayload::LONGEST - 2).map(|kept| kept.raw.len()), Some(KeptPayload::LONGEST));
    assert_eq!(of(KeptPayload::LONGEST - 1), None);
}
