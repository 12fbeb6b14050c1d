//! Correcting transactions and accounts, and taking it back.

use dashtam_application::corrections::{
    CorrectAccount, CorrectTransaction, CorrectionError, TakeBackOfAccount, TakeBackOfTransaction,
};
use dashtam_domain::{
    id::{AccountId, TransactionId},
    identity::{AuditAction, AuditEntry},
    ledger::{
        Account, AccountChange, AccountField, AccountKind, Sign, SplitPart, Transaction, TransactionChange,
        TransactionField,
    },
};
use dashtam_testkit::{
    builders::{self, day, decimal},
    fakes::Recorder,
    mocks::MockUnitOfWork,
};
use serde_json::json;

use crate::world::{Unit, World, assert_line, assert_refused};

fn row(world: &World) -> Transaction {
    builders::transaction(&builders::file_account(world.owner, "1"), "a", day(3))
}

/// The unit holds this transaction.
fn holds(unit: &mut MockUnitOfWork, row: &Transaction) {
    let (owner, id, row) = (row.owner, row.id, row.clone());
    unit.corrections
        .expect_hold_transaction()
        .withf(move |by, asked| (*by, *asked) == (owner, id))
        .times(1)
        .return_once(|_, _| Ok(Some(row)));
}

/// The unit holds this transaction and writes it as `expected`.
fn writes(world: &mut World, row: &Transaction, expected: &Transaction) -> (Unit, Recorder<AuditEntry>) {
    let mut lines = Recorder::new();
    let expected = expected.clone();
    let unit = world.unit(|unit| {
        holds(unit, row);
        unit.corrections
            .expect_correct_transaction()
            .withf(move |written| *written == expected)
            .times(1)
            .return_once(|_| Ok(()));
        unit.rule_runs.expect_open().returning(|_| Ok(None));
        lines = unit.records_audit();
    });
    (unit, lines)
}

#[tokio::test]
async fn a_correction_is_written_beside_what_the_institution_says_and_taken_back() {
    let mut world = World::new();
    let row = row(&world);
    let change = || TransactionChange {
        day: Some(Some(day(1))),
        sign: Some(Some(Sign::Positive)),
        note: Some("for Ann".parse().ok()),
        ..TransactionChange::default()
    };
    let mut corrected = row.clone();
    corrected.correct(change(), world.now);
    corrected.updated_at = world.now;
    let (unit, lines) = writes(&mut world, &row, &corrected);
    let call = world.call();
    let request = CorrectTransaction { transaction: row.id, change: change() };
    let answer = world.build().corrections().correct_transaction(&call, request).await.unwrap();
    assert_eq!(answer, corrected);
    assert!(unit.is_committed());
    assert_line(&lines.only(), &call, AuditAction::TransactionCorrected, world.owner);
    // Which fields, and nothing of what was written into them.
    let expected = json!({"transaction_id": row.id.to_string(), "fields": ["day", "sign", "note"]});
    assert_eq!(lines.only().details, expected);

    let mut taken_back = corrected.clone();
    taken_back.correct(TransactionChange::take_back(TransactionField::Day), world.now);
    taken_back.updated_at = world.now;
    let (unit, lines) = writes(&mut world, &corrected, &taken_back);
    let call = world.call();
    let request = TakeBackOfTransaction { transaction: row.id, field: TransactionField::Day };
    let answer = world.build().corrections().take_back_of_transaction(&call, request).await.unwrap();
    assert_eq!((answer.shown_day(), answer.note()), (row.day, Some("for Ann")));
    assert!(unit.is_committed());
    assert_eq!(lines.only().details["fields"], json!(["day"]));
}

#[tokio::test]
async fn what_makes_no_difference_is_not_written() {
    let mut world = World::new();
    let change = || TransactionChange { hidden: Some(Some(true)), ..TransactionChange::default() };
    let mut row = row(&world);
    row.correct(change(), builders::at(1));
    for change in [change(), TransactionChange::default()] {
        let unit = world.unit(|unit| holds(unit, &row));
        let call = world.call();
        let request = CorrectTransaction { transaction: row.id, change };
        let answer = world.build().corrections().correct_transaction(&call, request).await.unwrap();
        assert_eq!(answer, row);
        assert!(!unit.is_committed());
    }
    let unit = world.unit(|unit| holds(unit, &row));
    let call = world.call();
    let request = TakeBackOfTransaction { transaction: row.id, field: TransactionField::Note };
    let answer = world.build().corrections().take_back_of_transaction(&call, request).await;
    assert_refused!(answer, CorrectionError::NotCorrected);
    assert!(!unit.is_committed());
}

#[tokio::test]
async fn parts_come_to_the_amount_that_is_shown() {
    let part = |amount| SplitPart { amount: decimal(amount), description: None, category: None };
    for (parts, sign, adds_up) in [
        (vec![part("-10"), part("-2.30")], None, true),
        (vec![part("-10"), part("-2.31")], None, false),
        (vec![part("-10"), part("-2.30")], Some(Sign::Positive), false),
        (vec![part("10"), part("2.30")], Some(Sign::Positive), true),
        (vec![part("-20"), part("7.70")], None, true),
    ] {
        let mut world = World::new();
        let row = row(&world);
        let unit = world.unit(|unit| {
            holds(unit, &row);
            if adds_up {
                unit.corrections.expect_correct_transaction().times(1).return_once(|_| Ok(()));
                unit.records_audit();
            }
        });
        let change = TransactionChange {
            sign: sign.map(Some),
            split: Some(Some(parts.clone())),
            ..TransactionChange::default()
        };
        let call = world.call();
        let request = CorrectTransaction { transaction: row.id, change };
        let answer = world.build().corrections().correct_transaction(&call, request).await;
        assert_eq!(unit.is_committed(), adds_up, "{parts:?}");
        match adds_up {
            true => assert_eq!(answer.unwrap().split(), Some(parts.as_slice())),
            false => assert_refused!(answer, CorrectionError::PartsDoNotAddUp),
        }
    }
}

#[tokio::test]
async fn what_is_not_there_cannot_be_corrected() {
    let mut world = World::new();
    world.unit(|unit| {
        unit.corrections.expect_hold_transaction().times(1).return_once(|_, _| Ok(None));
    });
    let call = world.call();
    let transaction = TransactionId(builders::id());
    let request = CorrectTransaction { transaction, change: TransactionChange::default() };
    let answer = world.build().corrections().correct_transaction(&call, request).await;
    assert_refused!(answer, CorrectionError::NotFound("transaction"));
    world.unit(|unit| {
        unit.corrections.expect_hold_account().times(1).return_once(|_, _| Ok(None));
    });
    let call = world.call();
    let request = TakeBackOfAccount { account: AccountId(builders::id()), field: AccountField::Name };
    let answer = world.build().corrections().take_back_of_account(&call, request).await;
    assert_refused!(answer, CorrectionError::NotFound("account"));
}

#[tokio::test]
async fn an_account_is_corrected_and_taken_back() {
    let mut world = World::new();
    let account = builders::file_account(world.owner, "1");
    let change = || AccountChange {
        kind: Some(Some(AccountKind::Savings)),
        in_net_worth: Some(false),
        ..AccountChange::default()
    };
    let mut corrected = account.clone();
    corrected.correct(change(), world.now);
    corrected.updated_at = world.now;
    let expect = |world: &mut World, held: &Account, written: &Account| {
        let (held, written) = (held.clone(), written.clone());
        let mut lines = Recorder::new();
        let unit = world.unit(|unit| {
            unit.corrections.expect_hold_account().times(1).return_once(|_, _| Ok(Some(held)));
            unit.corrections
                .expect_correct_account()
                .withf(move |account| *account == written)
                .times(1)
                .return_once(|_| Ok(()));
            lines = unit.records_audit();
        });
        (unit, lines)
    };
    let (unit, lines) = expect(&mut world, &account, &corrected);
    let call = world.call();
    let request = CorrectAccount { account: account.id, change: change() };
    let answer = world.build().corrections().correct_account(&call, request).await.unwrap();
    assert_eq!((answer.shown_kind(), answer.is_in_net_worth()), (AccountKind::Savings, false));
    assert!(unit.is_committed());
    assert_line(&lines.only(), &call, AuditAction::AccountCorrected, world.owner);
    assert_eq!(lines.only().details["fields"], json!(["account_type", "include_in_net_worth"]));

    let mut taken_back = corrected.clone();
    taken_back.correct(AccountChange::take_back(AccountField::Kind), world.now);
    let (unit, lines) = expect(&mut world, &corrected, &taken_back);
    let call = world.call();
    let request = TakeBackOfAccount { account: account.id, field: AccountField::Kind };
    let answer = world.build().corrections().take_back_of_account(&call, request).await.unwrap();
    assert_eq!(answer.shown_kind(), account.kind);
    assert!(unit.is_committed() && lines.only().details["fields"] == json!(["account_type"]));
}
