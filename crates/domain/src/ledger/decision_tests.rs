//! Tests of decisions.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::ledger::sample::transaction;
use crate::ledger::{Correction, TransactionCorrections, transfer::TransferKind};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(1_700_000_000_000_000 + seconds * 1_000_000).unwrap()
}

fn row(id: u128, source_id: &str, status: TransactionStatus, seconds: i64) -> Transaction {
    Transaction {
        id: TransactionId(Uuid::from_u128(id)),
        source_id: source_id.to_owned(),
        day: at(seconds).day(),
        amount: Decimal::from(id),
        description: format!("Row {id}"),
        status,
        seen_in: Some(SyncRunId(Uuid::from_u128(id))),
        raw: Some(format!("{{\"id\":\"{source_id}\"}}")),
        created_at: at(seconds),
        updated_at: at(seconds),
        ..transaction()
    }
}

fn decision(kind: DecisionKind, one: &Transaction, other: &Transaction) -> Decision {
    let id = DecisionId(Uuid::from_u128(99));
    Decision::suggested(id, kind, Some(Tier::Exact), (one, other), (None, None), at(9))
}

fn any_status() -> impl Strategy<Value = TransactionStatus> {
    use TransactionStatus::{Pending, Posted, Removed};
    prop::sample::select(vec![Pending, Posted, Removed])
}

fn any_kind() -> impl Strategy<Value = DecisionKind> {
    use DecisionKind::{ManualMerge, PendingPosted, Reissued};
    prop::sample::select(vec![PendingPosted, Reissued, ManualMerge])
}

proptest! {
    #[test]
    fn what_is_applied_and_undone_is_as_it_was(
        kind in any_kind(), first in any_status(), second in any_status(), order in prop::bool::ANY,
    ) {
        let (one, other) = (row(1, "p", first, 1), row(2, "q", second, 2));
        let aliases = vec![Alias { source_id: "o".to_owned(), ..Alias::of(&other, other.id) }];
        let mut decision =
            if order { decision(kind, &one, &other) } else { decision(kind, &other, &one) };
        prop_assert_eq!((decision.left, decision.right), (one.id, other.id), "the older row stays");
        let merged = decision.apply(one.clone(), other.clone(), aliases.clone(), DecidedBy::User, at(10));
        prop_assert_eq!(decision.state, DecisionState::Applied);
        // One of them is left, under one id, and the other id leads to it.
        prop_assert_eq!(merged.survivor.id, one.id);
        prop_assert!(merged.gone.is_merged() && merged.gone.status == TransactionStatus::Removed);
        prop_assert_eq!(merged.alias.transaction, one.id);
        let mut ids = [merged.survivor.source_id.clone(), merged.alias.source_id.clone()];
        ids.sort();
        prop_assert_eq!(ids, ["p", "q"]);

        let restored = decision.undo(merged.survivor, at(11)).unwrap();
        prop_assert_eq!(restored.left, one);
        prop_assert_eq!(restored.right, other);
        prop_assert_eq!(restored.freed, merged.alias);
        prop_assert_eq!(restored.aliases, aliases);
        prop_assert_eq!((decision.state, &decision.before), (DecisionState::Undone, &None));
    }
}

#[test]
fn the_booked_row_counts_and_the_reissued_one() {
    use TransactionStatus::{Pending, Posted};
    for (kind, first, second, counts) in [
        (DecisionKind::PendingPosted, Pending, Posted, "q"),
        (DecisionKind::PendingPosted, Posted, Pending, "p"),
        (DecisionKind::ManualMerge, Posted, Posted, "p"),
        (DecisionKind::ManualMerge, Pending, Pending, "q"),
        (DecisionKind::Reissued, Posted, Posted, "q"),
    ] {
        let (one, other) = (row(1, "p", first, 1), row(2, "q", second, 2));
        let merged = decision(kind, &one, &other).apply(one, other, Vec::new(), DecidedBy::Engine, at(10));
        assert_eq!(merged.survivor.source_id, counts, "{kind:?} {first:?} {second:?}");
    }
}

#[test]
fn what_the_institution_told_meanwhile_goes_to_the_row_it_was_about() {
    use TransactionStatus::{Pending, Posted};
    let (one, other) = (row(1, "p", Pending, 1), row(2, "q", Posted, 2));
    let mut taken = decision(DecisionKind::PendingPosted, &one, &other);
    let merged = taken.apply(one.clone(), other.clone(), Vec::new(), DecidedBy::Engine, at(10));
    let told = Transaction { amount: Decimal::TEN, updated_at: at(20), ..merged.survivor };
    let restored = taken.undo(told.clone(), at(30)).unwrap();
    assert_eq!(restored.left, one);
    // What the one was while it was pending, neither of the two was.
    assert!(told.announced.is_some());
    let (id, created_at, announced) = (other.id, other.created_at, None);
    assert_eq!(restored.right, Transaction { id, created_at, announced, ..told });

    let (one, other) = (row(1, "p", Posted, 1), row(2, "q", Posted, 2));
    let mut kept = decision(DecisionKind::ManualMerge, &one, &other);
    let merged = kept.apply(one, other.clone(), Vec::new(), DecidedBy::User, at(10));
    let told = Transaction { amount: Decimal::TEN, updated_at: at(20), ..merged.survivor };
    let restored = kept.undo(told.clone(), at(30)).unwrap();
    assert_eq!((restored.left, restored.right), (told, other));
    assert_eq!(kept.undo(restored_survivor(), at(31)), None, "once only");
}

/// A transfer that the one was a side of, and what a person said of it, stay with the row that stayed.
#[test]
fn a_transfer_stays_with_the_row_that_stayed() {
    let pending = row(1, "p", TransactionStatus::Pending, 1);
    let posted = Transaction { amount: pending.amount, ..row(2, "q", TransactionStatus::Posted, 2) };
    let mut decision = decision(DecisionKind::PendingPosted, &pending, &posted);
    let merged = decision.apply(pending, posted, Vec::new(), DecidedBy::Engine, at(10));
    let transfer = TransferLink { id: DecisionId(Uuid::from_u128(7)), kind: TransferKind::Internal };
    let corrections = Some(Box::new(TransactionCorrections {
        note: Some(Correction { value: "Mine".parse().unwrap(), at: at(15) }),
        ..TransactionCorrections::default()
    }));
    let told_anew = Transaction {
        memo: Some("told anew".to_owned()),
        transfer: Some(transfer),
        corrections,
        ..merged.survivor
    };
    let restored = decision.undo(told_anew, at(20)).unwrap();
    assert_eq!(restored.right.memo.as_deref(), Some("told anew"));
    assert_eq!((restored.right.transfer, &restored.right.corrections), (None, &None));
}

#[test]
fn a_booking_that_was_taken_back_is_gone_when_the_rows_are_two_again() {
    use TransactionStatus::{Pending, Posted, Removed};
    for statuses in [(Pending, Posted), (Posted, Pending)] {
        let (one, other) = (row(1, "p", statuses.0, 1), row(2, "q", statuses.1, 2));
        let mut decision = decision(DecisionKind::PendingPosted, &one, &other);
        let merged = decision.apply(one, other, Vec::new(), DecidedBy::User, at(10));
        let told = Transaction { status: Pending, description: "As told".to_owned(), ..merged.survivor };
        let Restored { left, right, .. } = decision.undo(told, at(30)).unwrap();
        assert_eq!((left.source_id.as_str(), right.source_id.as_str()), ("p", "q"));
        let (pending, gone) = if statuses.0 == Pending { (left, right) } else { (right, left) };
        assert_eq!((pending.status, pending.description.as_str()), (Pending, "As told"));
        assert_eq!(gone.status, Removed);
    }
}

fn restored_survivor() -> Transaction {
    row(1, "p", TransactionStatus::Posted, 1)
}

#[test]
fn the_row_of_the_connection_stays_where_it_is_and_takes_what_only_the_statement_tells() {
    let elsewhere = AccountId(Uuid::from_u128(7));
    let counts = row(2, "c", TransactionStatus::Posted, 2);
    let told = Transaction {
        account: elsewhere,
        memo: Some("Table 4".to_owned()),
        check_number: Some("17".to_owned()),
        import: Some(crate::id::ImportId(Uuid::nil())),
        ..row(1, "f", TransactionStatus::Posted, 1)
    };
    let mut across = decision(DecisionKind::CrossSource, &counts, &told);
    assert_eq!((across.account, across.other_account), (counts.account, Some(elsewhere)));
    assert_eq!((across.left, across.right), (counts.id, told.id), "whichever is older");
    let merged = across.apply(counts.clone(), told.clone(), Vec::new(), DecidedBy::Engine, at(10));
    assert_eq!((merged.alias.account, merged.alias.transaction), (elsewhere, counts.id));
    let (memo, check_number) = (told.memo.clone(), told.check_number.clone());
    let filled = Transaction { memo, check_number, updated_at: at(10), ..counts.clone() };
    assert_eq!(merged.survivor, filled);

    let mut again = across.clone();
    let restored = across.undo(merged.survivor.clone(), at(11)).unwrap();
    assert_eq!((restored.left, restored.right), (counts.clone(), told.clone()));
    // What the connection tells meanwhile stays.
    let told_since = Transaction { memo: Some("Own".to_owned()), updated_at: at(20), ..merged.survivor };
    let restored = again.undo(told_since.clone(), at(30)).unwrap();
    assert_eq!((restored.left, restored.right), (Transaction { check_number: None, ..told_since }, told));
}

#[test]
fn what_a_row_was_while_it_was_pending_outlives_the_link_to_another_account() {
    use TransactionStatus::{Pending, Posted};
    let counts = row(2, "c", Pending, 2);
    let told = Transaction { account: AccountId(Uuid::from_u128(7)), ..row(1, "f", Posted, 1) };
    let mut across = decision(DecisionKind::CrossSource, &counts, &told);
    let merged = across.apply(counts.clone(), told, Vec::new(), DecidedBy::Engine, at(10));
    // The institution books it while the accounts are one.
    let booked = Transaction { status: Posted, amount: Decimal::TEN, updated_at: at(20), ..merged.survivor };
    let booked = Transaction { announced: booked.announced_by(&counts), ..booked };
    assert!(booked.announced.is_some());
    let restored = across.undo(booked.clone(), at(30)).unwrap();
    assert_eq!(restored.left, booked);
}
