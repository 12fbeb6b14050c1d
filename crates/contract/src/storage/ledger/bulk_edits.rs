//! Corrections of many transactions at once, and what was before them.

use std::collections::BTreeSet;

use dashtam_domain::{
    id::{BulkEditId, TransactionId, UserId},
    ledger::{
        BulkChange, BulkEdit, EditedRow, Tags, Transaction, TransactionChange, TransactionDetails,
        TransactionFilter,
    },
    page::Limit,
    retention::{BULK_EDITS_KEPT, Outlived},
    store::{Storage, StoreError},
};

use super::corrections::{correct, found, told};
use crate::builders::{self, at, day, decimal};
use crate::storage::{
    begin,
    races::{CALLERS, race},
    store, stored_account, stored_user,
};

fn everything() -> BulkChange {
    BulkChange {
        category: Some("food.coffee".parse().ok()),
        merchant: Some("Joe's \"Pizza\"".parse().ok()),
        note: Some("with Ann\nand Bob".parse().ok()),
        hidden: Some(true),
        add_tags: Tags::new(["Trip".parse().unwrap(), "旅行".parse().unwrap()]).unwrap(),
        remove_tags: Tags::default(),
    }
}

async fn held(storage: &Storage, owner: UserId, ids: &[TransactionId]) -> Vec<Transaction> {
    let mut unit = begin(storage).await;
    let mut held = unit.corrections().hold_transactions(owner, ids).await.unwrap();
    unit.commit().await.unwrap();
    held.sort_by_key(|row| row.id);
    held
}

/// Corrects many as a person does; the rows as they are then.
async fn correct_all(
    storage: &Storage,
    owner: UserId,
    ids: &[TransactionId],
    change: &BulkChange,
    now: i64,
) -> Vec<Transaction> {
    let mut unit = begin(storage).await;
    let mut rows = unit.corrections().hold_transactions(owner, ids).await.unwrap();
    for row in &mut rows {
        row.correct(change.of(row).unwrap(), at(now));
        row.updated_at = at(now);
    }
    unit.corrections().correct_transactions(&rows).await.unwrap();
    unit.commit().await.unwrap();
    rows.sort_by_key(|row| row.id);
    rows
}

/// To the last letter, in lists and in the sums of days, under one number of the clock; only the owner's.
pub async fn many_are_corrected_as_one_would_be(storage: &Storage) {
    let (owner, stranger) = (stored_user(storage).await.id, stored_user(storage).await.id);
    let accounts = [stored_account(storage, owner, "1").await, stored_account(storage, owner, "2").await];
    let others = stored_account(storage, stranger, "1").await;
    let mut rows: Vec<Transaction> =
        (0..9).map(|n| told(&accounts[usize::from(n % 2 == 1)], &n.to_string(), n)).collect();
    rows.sort_by_key(|row| row.id);
    let theirs = told(&others, "x", 3);
    store(storage, &[rows.clone(), vec![theirs.clone()]].concat()).await;
    // One has corrections of its own already, which stay.
    let earlier = TransactionChange {
        day: Some(Some(day(20))),
        tags: Some(Tags::new(["trip".parse().unwrap()])),
        ..TransactionChange::default()
    };
    correct(storage, &rows[0], earlier, 40).await;

    let mut ids: Vec<TransactionId> = rows[..8].iter().map(|row| row.id).collect();
    let before = held(storage, owner, &ids).await;
    assert_eq!(before.len(), 8);
    ids.extend([theirs.id, TransactionId(builders::id())]);
    assert_eq!(held(storage, owner, &ids).await, before, "of others nothing is held");
    assert_eq!(held(storage, owner, &[]).await, []);
    let sums = async || {
        let of = |sums: Vec<(_, dashtam_domain::ledger::DaySum)>| -> Vec<_> {
            sums.into_iter().map(|(_, day)| (day.day, day.sum, day.count)).collect()
        };
        let of_first = of(storage.queries.day_sums(owner, accounts[0].id).await.unwrap());
        (of_first, of(storage.queries.day_sums(owner, accounts[1].id).await.unwrap()))
    };
    let days = sums().await;
    let clock = storage.queries.clock(owner).await.unwrap();
    let corrected = correct_all(storage, owner, &ids, &everything(), 50).await;
    assert_eq!(storage.queries.clock(owner).await.unwrap().seq, clock.seq + 1);
    assert_eq!(sums().await, days, "neither days nor amounts changed");
    for (row, told) in corrected.iter().zip(&rows) {
        let expected = Transaction { raw: told.raw.clone(), ..row.clone() };
        assert_eq!(found(storage, told).await, expected);
    }
    assert_eq!(corrected[0].tags().len(), 2, "a tag in another case is there already");
    assert_eq!(corrected[0].shown_day(), day(20));
    assert_eq!(found(storage, &rows[8]).await, rows[8]);
    assert_eq!(found(storage, &theirs).await, theirs);
    let list =
        storage.queries.transactions(owner, TransactionFilter::default(), None, Limit::default()).await;
    let shown: Vec<TransactionId> = list.unwrap().items.iter().map(|row| row.id).collect();
    assert_eq!(shown, [rows[8].id], "the others are hidden");
    // What is told meanwhile stays beside the corrections.
    let now = Transaction { amount: decimal("-14.00"), ..rows[1].clone() };
    let mut unit = begin(storage).await;
    unit.transactions().update(std::slice::from_ref(&now)).await.unwrap();
    unit.commit().await.unwrap();
    let stored = found(storage, &rows[1]).await;
    assert_eq!((stored.amount, stored.corrections), (now.amount, corrected[1].corrections.clone()));
}

/// Nor any other of them.
pub async fn of_many_not_all_there_none_is_corrected(storage: &Storage) {
    let (owner, stranger) = (stored_user(storage).await.id, stored_user(storage).await.id);
    let account = stored_account(storage, owner, "1").await;
    let row = told(&account, "a", 3);
    store(storage, std::slice::from_ref(&row)).await;
    let mut mine = row.clone();
    mine.correct(everything().of(&row).unwrap(), at(5));
    let gone = Transaction { id: TransactionId(builders::id()), ..mine.clone() };
    let theirs = Transaction { owner: stranger, ..mine.clone() };
    for other in [gone, theirs] {
        let mut unit = begin(storage).await;
        let refused = unit.corrections().correct_transactions(&[mine.clone(), other]).await;
        assert!(matches!(refused, Err(StoreError::Stale)), "{refused:?}");
        drop(unit);
    }
    assert_eq!(found(storage, &row).await, row);
}

/// An edit of these rows, each of which had something before.
fn edit(owner: UserId, rows: &[Transaction], now: i64) -> BulkEdit {
    let edited = |row: &Transaction| {
        let mut row = row.clone();
        let earlier = TransactionChange {
            category: Some("none".parse().ok()),
            hidden: Some(Some(true)),
            ..TransactionChange::default()
        };
        row.correct(earlier, at(1));
        let before = row.corrections.clone();
        row.correct(everything().of(&row).unwrap(), at(now));
        EditedRow::of(before.as_deref(), &row)
    };
    BulkEdit { id: BulkEditId(builders::id()), owner, at: at(now), rows: rows.iter().map(edited).collect() }
}

async fn keep(storage: &Storage, edit: &BulkEdit) {
    let mut unit = begin(storage).await;
    unit.corrections().keep_edit(edit).await.unwrap();
    unit.commit().await.unwrap();
}

async fn take(storage: &Storage, owner: UserId, id: BulkEditId) -> Option<BulkEdit> {
    let mut unit = begin(storage).await;
    let taken = unit.corrections().take_edit(owner, id).await.unwrap();
    unit.commit().await.unwrap();
    taken
}

/// As it was kept, by its owner alone and once; and for a while only.
pub async fn what_was_before_is_kept_until_the_next(storage: &Storage) {
    let (owner, other) = (stored_user(storage).await.id, stored_user(storage).await.id);
    let account = builders::file_account(owner, "1");
    let rows: Vec<Transaction> = (0..3).map(|n| told(&account, &n.to_string(), n)).collect();
    let (first, second, elses) =
        (edit(owner, &rows, 5), edit(owner, &rows[1..], 6), edit(other, &rows[..1], 7));
    for edit in [&first, &second, &elses] {
        keep(storage, edit).await;
    }
    assert_eq!(take(storage, owner, first.id).await, None, "another one came after it");
    assert_eq!(take(storage, owner, elses.id).await, None, "it is somebody else's");
    assert_eq!(take(storage, owner, second.id).await, Some(second.clone()));
    assert_eq!(take(storage, owner, second.id).await, None);
    keep(storage, &first).await;

    let over = BULK_EDITS_KEPT.num_seconds();
    let remove = async |second| {
        let mut unit = begin(storage).await;
        let removed = unit.retention().remove(Outlived::BulkEdits, at(second), 10).await.unwrap();
        unit.commit().await.unwrap();
        removed
    };
    assert_eq!(remove(over + 5).await, 0);
    assert_eq!(remove(over + 6).await, 1);
    assert_eq!(take(storage, owner, first.id).await, None);
    assert_eq!(take(storage, other, elses.id).await, Some(elses));
}

/// Of many callers that take one edit back, one gets what was before it.
pub async fn one_of_many_takes_an_edit_back(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = builders::file_account(owner, "1");
    let edit = edit(owner, &[told(&account, "a", 3)], 5);
    keep(storage, &edit).await;
    let id = edit.id;
    let taken = race(storage, |storage, _| async move { take(&storage, owner, id).await }).await;
    let taken: Vec<BulkEdit> = taken.into_iter().flatten().collect();
    assert_eq!(taken, [edit]);
}

/// Thirty callers correct the same transactions at once, in different orders, while some of these are told anew: of each field one of the
/// values counts, all transactions have the same, and the last edit that is kept is one of them.
pub async fn edits_of_many_callers_are_all_kept(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let rows: Vec<Transaction> = (0..5).map(|n| told(&account, &n.to_string(), 3)).collect();
    store(storage, &rows).await;
    let edits = race(storage, |storage, number| {
        let (mut rows, now) = (rows.clone(), i64::try_from(number).unwrap());
        async move {
            rows.rotate_left(number % 5);
            if number % 3 == 2 {
                let details = TransactionDetails {
                    payee: Some(format!("JOE {number}")),
                    ..TransactionDetails::default()
                };
                let now = Transaction { details, ..rows[0].clone() };
                let mut unit = begin(&storage).await;
                unit.transactions().update(&[now]).await.unwrap();
                unit.commit().await.unwrap();
                return None;
            }
            let nothing = BulkChange::default();
            let change = match number % 3 {
                0 => BulkChange { note: Some(format!("note {number}").parse().ok()), ..nothing },
                _ => BulkChange { merchant: Some(format!("name {number}").parse().ok()), ..nothing },
            };
            let ids: Vec<TransactionId> = rows.iter().map(|row| row.id).collect();
            let mut unit = begin(&storage).await;
            let mut held = unit.corrections().hold_transactions(owner, &ids).await.unwrap();
            let mut edited = Vec::new();
            for row in &mut held {
                let before = row.corrections.clone();
                row.correct(change.of(row).unwrap(), at(now));
                edited.push(EditedRow::of(before.as_deref(), row));
            }
            unit.corrections().correct_transactions(&held).await.unwrap();
            let edit = BulkEdit { id: BulkEditId(builders::id()), owner, at: at(now), rows: edited };
            unit.corrections().keep_edit(&edit).await.unwrap();
            unit.commit().await.unwrap();
            Some(edit)
        }
    })
    .await;
    let ids: Vec<TransactionId> = rows.iter().map(|row| row.id).collect();
    let end = held(storage, owner, &ids).await;
    let notes: BTreeSet<Option<&str>> = end.iter().map(Transaction::note).collect();
    let names: BTreeSet<Option<&str>> = end.iter().map(Transaction::shown_merchant).collect();
    let [Some(note)] = Vec::from_iter(notes)[..] else { panic!("{end:?}") };
    let [Some(name)] = Vec::from_iter(names)[..] else { panic!("{end:?}") };
    let number = |text: &str, of: &str| text.strip_prefix(of).unwrap().parse::<usize>().unwrap();
    assert!(number(note, "note ").is_multiple_of(3) && number(note, "note ") < CALLERS);
    assert_eq!(number(name, "name ") % 3, 1);
    let mut left = 0;
    for edit in edits.into_iter().flatten() {
        if let Some(kept) = take(storage, owner, edit.id).await {
            assert_eq!(kept, edit);
            left += 1;
        }
    }
    assert_eq!(left, 1, "of each user the last one is kept");
    let sums = storage.queries.day_sums(owner, account.id).await.unwrap();
    let sums: Vec<_> = sums.into_iter().map(|(_, sum)| (sum.day, sum.sum, sum.count)).collect();
    assert_eq!(sums, [(day(3), decimal("-61.50"), 5)]);
}
