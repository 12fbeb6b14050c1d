//! Tests of corrections of many transactions.

use super::*;
use crate::ledger::sample::transaction;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000).unwrap()
}

fn tags(words: &[&str]) -> Tags {
    Tags::new(words.iter().map(|word| word.parse().unwrap())).unwrap()
}

fn tagged(words: &[&str]) -> Transaction {
    let mut row = transaction();
    let change = TransactionChange { tags: Some(Some(tags(words))), ..TransactionChange::default() };
    row.correct(change, at(1));
    row
}

fn shown(row: &Transaction) -> Vec<&str> {
    row.tags().into_iter().map(Tag::as_str).collect()
}

#[test]
fn tags_come_beside_those_that_are_there_and_go_in_any_case() {
    let change = BulkChange {
        add_tags: tags(&["trip", "work"]),
        remove_tags: tags(&["OLD"]),
        ..BulkChange::default()
    };
    for (before, after) in [
        (&[][..], Some(&["trip", "work"][..])),
        (&["old", "Trip"], Some(&["Trip", "work"])),
        // There is nothing to do, and the spelling stays.
        (&["WORK", "Trip"], None),
        (&["old", "a", "work", "trip"], Some(&["a", "work", "trip"])),
    ] {
        let mut row = tagged(before);
        let change = change.of(&row).unwrap();
        assert_eq!(change.tags.is_some(), after.is_some(), "{before:?}");
        row.correct(change, at(2));
        assert_eq!(shown(&row), after.unwrap_or(before));
    }
}

#[test]
fn a_transaction_keeps_to_its_most_tags() {
    let many: Vec<String> = (0..Tags::MOST).map(|number| number.to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let row = tagged(&many);
    let add = BulkChange { add_tags: tags(&["more"]), ..BulkChange::default() };
    assert_eq!(add.of(&row), Err(TooManyTags));
    let swap = BulkChange { remove_tags: tags(&["7"]), ..add };
    assert_eq!(swap.of(&row).unwrap().tags.flatten().map(|tags| tags.as_slice().len()), Some(Tags::MOST));
}

#[test]
fn nothing_wanted_is_nothing_changed() {
    let mut row = tagged(&["a"]);
    let change = BulkChange::default().of(&row).unwrap();
    assert_eq!(change, TransactionChange::default());
    assert!(row.correct(change, at(2)).is_empty());
}

fn everything() -> BulkChange {
    BulkChange {
        category: Some("food.coffee".parse().ok()),
        merchant: Some("Joe".parse().ok()),
        note: Some("with Ann".parse().ok()),
        hidden: Some(true),
        add_tags: tags(&["trip"]),
        remove_tags: tags(&["a"]),
    }
}

/// A row with corrections, as it was before and after a change of many.
fn edited() -> (Transaction, Transaction, EditedRow) {
    let mut row = tagged(&["a", "b"]);
    let change = TransactionChange {
        category: Some("travel".parse().ok()),
        description: Some("Joe's".parse().ok()),
        ..TransactionChange::default()
    };
    row.correct(change, at(1));
    let before = row.clone();
    row.correct(everything().of(&row).unwrap(), at(2));
    let edit = EditedRow::of(before.corrections.as_deref(), &row);
    (before, row, edit)
}

#[test]
fn what_was_changed_comes_back_and_nothing_else() {
    let (before, mut row, edit) = edited();
    assert_eq!(edit.fields(), 5);
    assert_eq!(edit.before.description, None, "it was left alone");
    let all = [
        TransactionField::Category,
        TransactionField::Merchant,
        TransactionField::Note,
        TransactionField::Hidden,
        TransactionField::Tags,
    ];
    assert_eq!(edit.give_back(&mut row, |_| true), all);
    assert_eq!(row.corrections, before.corrections);
    assert_eq!(edit.give_back(&mut row, |_| true), [], "it is no longer as the change left it");

    // Of a row without corrections nothing is left.
    let mut plain = transaction();
    plain.correct(everything().of(&plain).unwrap(), at(2));
    let edit = EditedRow::of(None, &plain);
    assert_eq!(edit.give_back(&mut plain, |_| true).len(), 5);
    assert_eq!(plain.corrections, None);
}

#[test]
fn what_was_changed_since_and_what_is_gone_stays() {
    let (_, mut row, edit) = edited();
    let later = TransactionChange {
        note: Some("later".parse().ok()),
        hidden: Some(Some(false)),
        ..TransactionChange::default()
    };
    row.correct(later, at(3));
    let came_back = edit.give_back(&mut row, |_| false);
    assert_eq!(came_back, [TransactionField::Merchant, TransactionField::Tags]);
    assert_eq!(row.note(), Some("later"));
    assert_eq!(row.chosen_category(), "food.coffee".parse().ok(), "what was before is no category any more");
    assert_eq!((row.shown_merchant(), shown(&row)), (None, vec!["a", "b"]));
}
