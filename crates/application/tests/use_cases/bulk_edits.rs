//! Correcting many transactions at once, and taking it back.

use dashtam_application::corrections::{
    BulkCorrect, BulkCorrected, BulkOutcome, BulkUndone, CorrectionError, UndoBulkCorrect,
};
use dashtam_domain::{
    id::{BulkEditId, PayeeId, TransactionId},
    identity::AuditAction,
    ledger::meaning::{Payee, PayeeName},
    ledger::{
        BulkChange, BulkEdit, EditedRow, Tags, TooManyTags, Transaction, TransactionChange,
        TransactionDetails,
    },
};
use dashtam_testkit::{
    builders::{self, at, day},
    fakes::Recorder,
};
use serde_json::json;

use crate::world::{World, assert_line, assert_refused, unkept};

fn row(world: &World, payee: &str) -> Transaction {
    let details = TransactionDetails { payee: Some(payee.to_owned()), ..TransactionDetails::default() };
    let account = builders::file_account(world.owner, "1");
    Transaction { details, ..builders::transaction(&account, payee, day(3)) }
}

fn noted() -> BulkChange {
    BulkChange { note: Some("for Ann".parse().ok()), ..BulkChange::default() }
}

#[tokio::test]
async fn all_is_written_in_one_unit_with_what_was_before() {
    let mut world = World::new();
    let (fresh, mut like_it) = (row(&world, "a"), row(&world, "b"));
    like_it.correct(noted().of(&like_it).unwrap(), at(1));
    let gone = TransactionId(builders::id());
    let mut corrected = fresh.clone();
    corrected.correct(noted().of(&fresh).unwrap(), world.now);
    corrected.updated_at = world.now;
    let (mut lines, kept) = (Recorder::new(), Recorder::<BulkEdit>::new());
    let (held, written, keeps) = (vec![like_it.clone(), fresh.clone()], corrected.clone(), kept.clone());
    let asked = [fresh.id, like_it.id, gone];
    let (owner, expected) = (world.owner, asked.to_vec());
    let unit = world.unit(|unit| {
        unit.corrections
            .expect_hold_transactions()
            .withf(move |by, ids| *by == owner && ids == expected)
            .times(1)
            .return_once(|_, _| Ok(held));
        unit.corrections
            .expect_correct_transactions()
            .withf(move |rows| rows == [written.clone()])
            .times(1)
            .return_once(|_| Ok(()));
        unit.corrections.expect_keep_edit().times(1).returning(move |edit| {
            keeps.push(edit.clone());
            Ok(())
        });
        lines = unit.records_audit();
    });
    let call = world.call();
    let twice = [&asked[..], &asked[..1]].concat();
    let request = BulkCorrect { transactions: twice, change: noted() };
    let answer = world.build().corrections().bulk_correct(&call, request, unkept).await.unwrap();
    assert!(unit.is_committed());
    let edit = kept.only();
    let rows = vec![
        (fresh.id, BulkOutcome::Changed),
        (like_it.id, BulkOutcome::Unchanged),
        (gone, BulkOutcome::NotFound),
    ];
    assert_eq!(answer, BulkCorrected { edit: Some(edit.id), rows });
    assert_eq!((edit.owner, edit.at), (world.owner, world.now));
    assert_eq!(edit.rows, [EditedRow::of(None, &corrected)]);
    assert_line(&lines.only(), &call, AuditAction::TransactionCorrected, world.owner);
    let expected = json!({
        "bulk_edit_id": edit.id.to_string(), "transaction_ids": [fresh.id.to_string()],
        "fields": ["note"], "undone": false,
    });
    assert_eq!(lines.only().details, expected, "and nothing of what was written");
}

#[tokio::test]
async fn what_makes_no_difference_keeps_what_was_before_the_last_edit() {
    let mut world = World::new();
    let unit = world.unit(|unit| {
        unit.corrections.expect_hold_transactions().times(1).return_once(|_, _| Ok(Vec::new()));
    });
    let call = world.call();
    let request = BulkCorrect { transactions: vec![TransactionId(builders::id())], change: noted() };
    let answer = world.build().corrections().bulk_correct(&call, request, unkept).await.unwrap();
    assert!(unit.is_committed());
    assert_eq!((answer.edit, answer.count(BulkOutcome::NotFound)), (None, 1));
}

#[tokio::test]
async fn what_cannot_be_refuses_all_of_it() {
    let tags =
        |names: std::ops::Range<usize>| Tags::new(names.map(|n| n.to_string().parse().unwrap())).unwrap();
    let mut world = World::new();
    let (plain, mut full) = (row(&world, "a"), row(&world, "b"));
    let change = TransactionChange { tags: Some(Some(tags(0..20))), ..TransactionChange::default() };
    full.correct(change, at(1));
    let held = vec![plain.clone(), full.clone()];
    let unit = world.unit(|unit| {
        unit.corrections.expect_hold_transactions().times(1).return_once(|_, _| Ok(held));
    });
    let change = BulkChange { add_tags: tags(20..21), ..noted() };
    let request = BulkCorrect { transactions: vec![plain.id, full.id], change };
    let call = world.call();
    let answer = world.build().corrections().bulk_correct(&call, request, unkept).await;
    assert_refused!(answer, CorrectionError::TooManyTags(TooManyTags));
    assert!(!unit.is_committed());

    let unit = world.unit(|unit| {
        unit.corrections.expect_hold_transactions().times(1).return_once(|_, _| Ok(Vec::new()));
        unit.categories.expect_hold_all().times(1).return_once(|_| Ok(Vec::new()));
    });
    let category = builders::id().to_string().parse().ok();
    let change = BulkChange { category: Some(category), ..BulkChange::default() };
    let request = BulkCorrect { transactions: vec![plain.id], change };
    let call = world.call();
    let answer = world.build().corrections().bulk_correct(&call, request, unkept).await;
    assert_refused!(answer, CorrectionError::NoCategory(_));
    assert!(!unit.is_committed());

    let many = (0..=BulkChange::MOST).map(|_| TransactionId(builders::id())).collect();
    let call = world.call();
    let request = BulkCorrect { transactions: many, change: noted() };
    let answer = world.build().corrections().bulk_correct(&call, request, unkept).await;
    assert_refused!(answer, CorrectionError::TooMany);
}

/// However many payees there are: they are read and written together, and runs for those of whom something else is learned too.
#[tokio::test]
async fn many_payees_are_taught_in_few_statements() {
    let mut world = World::new();
    let names = ["ALPHA", "BETA", "GAMMA"];
    let rows: Vec<Transaction> = names.map(|name| row(&world, name)).into();
    let ids: Vec<TransactionId> = rows.iter().map(|row| row.id).collect();
    let taught = |name: &str| {
        let id = PayeeId(builders::id());
        let mut payee = Payee::new(id, world.owner, PayeeName::stored(name.to_owned()), at(0));
        for _ in 0..3 {
            payee.vote(None, "food".parse().ok(), at(0));
        }
        payee
    };
    let known = names[..2].iter().map(|name| taught(name)).collect::<Vec<_>>();
    let deciders: Vec<_> = known.iter().map(|payee| payee.id.0).collect();
    let unit = world.unit(|unit| {
        unit.corrections.expect_hold_transactions().times(1).return_once(|_, _| Ok(rows));
        unit.corrections.expect_correct_transactions().times(1).return_once(|_| Ok(()));
        unit.corrections.expect_keep_edit().times(1).return_once(|_| Ok(()));
        unit.payees.checkpoint();
        unit.payees.expect_named().withf(|_, names| names.len() == 3).times(1).return_once(|_, _| Ok(known));
        unit.payees
            .expect_put()
            .withf(|payees| payees.len() == 3 && payees.iter().map(Payee::count).sum::<u32>() == 9)
            .times(1)
            .return_once(|_| Ok(()));
        unit.rule_runs.expect_open_of_each().times(1).return_once(|_, _| Ok(Vec::new()));
        unit.rule_runs
            .expect_put_all()
            .withf(move |runs| {
                let mut of: Vec<_> = runs.iter().filter_map(|run| run.of).collect();
                let mut deciders = deciders.clone();
                of.sort_unstable();
                deciders.sort_unstable();
                of == deciders
            })
            .times(1)
            .return_once(|_| Ok(()));
        unit.records_audit();
    });
    let change = BulkChange { category: Some("travel".parse().ok()), ..BulkChange::default() };
    let call = world.call();
    let request = BulkCorrect { transactions: ids, change };
    world.build().corrections().bulk_correct(&call, request, unkept).await.unwrap();
    assert!(unit.is_committed());
}

#[tokio::test]
async fn an_edit_is_taken_back_where_nothing_came_after_it() {
    let mut world = World::new();
    let rows = ["a", "b", "c"].map(|payee| row(&world, payee));
    let after = rows.clone().map(|mut row| {
        row.correct(noted().of(&row).unwrap(), at(1));
        row
    });
    let edit = BulkEdit {
        id: BulkEditId(builders::id()),
        owner: world.owner,
        at: at(1),
        rows: after.iter().map(|row| EditedRow::of(None, row)).collect(),
    };
    // Of the others one was noted anew, and one is gone.
    let mut renoted = after[1].clone();
    let change = TransactionChange { note: Some("new".parse().ok()), ..TransactionChange::default() };
    renoted.correct(change, at(2));
    let held = vec![after[0].clone(), renoted];
    let mut lines = Recorder::new();
    let (taken, back) = (edit.clone(), Transaction { updated_at: world.now, ..rows[0].clone() });
    let unit = world.unit(|unit| {
        unit.corrections.expect_take_edit().times(1).return_once(|_, _| Ok(Some(taken)));
        unit.corrections.expect_hold_transactions().times(1).return_once(|_, _| Ok(held));
        unit.categories.expect_hold_all().times(1).return_once(|_| Ok(Vec::new()));
        unit.corrections
            .expect_correct_transactions()
            .withf(move |rows| rows == [back.clone()])
            .times(1)
            .return_once(|_| Ok(()));
        lines = unit.records_audit();
    });
    let call = world.call();
    let answer = world.build().corrections().undo_bulk(&call, UndoBulkCorrect { edit: edit.id }).await;
    assert_eq!(answer.unwrap(), BulkUndone { restored: 1, kept: 2 });
    assert!(unit.is_committed());
    assert_eq!(lines.only().details["undone"], json!(true));

    let unit = world.unit(|unit| {
        unit.corrections.expect_take_edit().times(1).return_once(|_, _| Ok(None));
    });
    let call = world.call();
    let answer = world.build().corrections().undo_bulk(&call, UndoBulkCorrect { edit: edit.id }).await;
    assert_refused!(answer, CorrectionError::NotToUndo);
    assert!(!unit.is_committed());
}
