//! Decisions about transfers of which one side is several transactions, on mocks: what is written, and that it is all of it
//! or nothing.

use dashtam_application::reconciliations::{AcceptMatch, ReconciliationError, RejectMatch, UndoMatch};
use dashtam_domain::{
    id::DecisionId,
    identity::AuditAction,
    ledger::{
        Decision, DecisionState, Transaction, TransactionKind, TransactionStatus,
        matching::Scores,
        transfer::{ProposedSum, TransferKind, TransferLink, TransferSum, TransferTerms},
    },
};
use dashtam_testkit::{
    builders::{self, at, day, decimal},
    fakes::Recorder,
    mocks::MockUnitOfWork,
};

use crate::world::{World, assert_line};

/// What happens to a row meanwhile.
type Change = dyn Fn(&mut Transaction);

/// A payment of 600 that arrives as 100, 200 and 300, and the suggestion that it does.
fn suggested(world: &World) -> (Vec<Transaction>, Decision) {
    let (one, two) = (builders::file_account(world.owner, "1"), builders::file_account(world.owner, "2"));
    let row = |account, id: &str, amount: &str| Transaction {
        amount: decimal(amount),
        kind: TransactionKind::Other,
        ..builders::transaction(account, id, day(3))
    };
    let rows =
        vec![row(&one, "a", "-600"), row(&two, "b", "100"), row(&two, "c", "200"), row(&two, "d", "300")];
    let pieces: Vec<&Transaction> = rows[1..].iter().collect();
    let proposed = ProposedSum {
        sum: TransferSum { whole: rows[0].id, pieces: pieces.iter().map(|row| row.id).collect() },
        scores: Scores { text: 667, amount: 1000, day: 1000 },
        terms: TransferTerms {
            kind: TransferKind::Internal,
            from_currency: rows[0].currency,
            to_currency: rows[0].currency,
            fee: None,
            rate: None,
        },
    };
    let decision = Decision::sum(DecisionId(builders::id()), (&rows[0], &pieces), &proposed, at(20)).unwrap();
    (rows, decision)
}

/// The unit has this decision and these rows.
fn has(unit: &mut MockUnitOfWork, decision: &Decision, rows: &[Transaction]) {
    let (found, rows) = (decision.clone(), rows.to_vec());
    let mut asked: Vec<_> = decision.rows().collect();
    asked.sort();
    unit.reconciliations.expect_find().times(1).return_once(move |_, _| Ok(Some(found)));
    unit.transactions
        .expect_find_all()
        .withf(move |_, ids| {
            let mut ids = ids.to_vec();
            ids.sort();
            ids == asked
        })
        .times(1)
        .return_once(move |_, _| Ok(rows));
}

/// The unit writes all of its rows at once, as sides of this transfer or of none.
fn writes_all(unit: &mut MockUnitOfWork, decision: &Decision, is_linked: bool) {
    let mut expected: Vec<_> = decision.rows().collect();
    expected.sort();
    let link = is_linked.then_some(decision.id);
    unit.transfers
        .expect_write()
        .withf(move |rows| {
            let mut ids: Vec<_> = rows.iter().map(|row| row.id).collect();
            ids.sort();
            ids == expected && rows.iter().all(|row| row.transfer.map(|of| of.id) == link)
        })
        .times(1)
        .return_once(|_| Ok(()));
}

/// The unit settles the decision there, if it stands where it is expected to.
fn settles(
    unit: &mut MockUnitOfWork,
    decision: &Decision,
    [from, to]: [DecisionState; 2],
    is_there_still: bool,
) {
    let id = decision.id;
    unit.reconciliations
        .expect_settle()
        .withf(move |settled, was| settled.id == id && (*was, settled.state) == (from, to))
        .times(1)
        .return_once(move |_, _| Ok(is_there_still));
}

#[tokio::test]
async fn accepting_makes_all_rows_one_transfer_and_answers_what_else_was_asked_of_them() {
    use DecisionState::{Applied, Rejected, Suggested};
    let mut world = World::new();
    let (rows, sum) = suggested(&world);
    let founded = (None, sum.evidence.transfer.unwrap());
    let pair = Decision::transfer(DecisionId(builders::id()), None, (&rows[0], &rows[3]), founded, at(20));
    let mut lines = Recorder::new();
    let unit = world.unit(|unit| {
        has(unit, &sum, &rows);
        writes_all(unit, &sum, true);
        let about = vec![sum.clone(), pair.clone()];
        unit.transfers.expect_about().times(1).return_once(|_, _| Ok(about));
        settles(unit, &pair, [Suggested, Rejected], true);
        settles(unit, &sum, [Suggested, Applied], true);
        lines = unit.records_audit();
    });
    let call = world.call();
    let request = AcceptMatch { decision: sum.id };
    let accepted = world.build().reconciliations().accept(&call, request).await.unwrap();
    assert_eq!((accepted.state, &accepted.further), (Applied, &sum.further));
    assert!(unit.is_committed());
    let line = lines.only();
    assert_line(&line, &call, AuditAction::TransferLinked, world.owner);
    let further: Vec<String> = sum.further.iter().map(ToString::to_string).collect();
    assert_eq!(line.details["further_transaction_ids"], serde_json::json!(further));
}

#[tokio::test]
async fn whoever_comes_second_writes_nothing() {
    let mut world = World::new();
    let (rows, sum) = suggested(&world);
    let unit = world.unit(|unit| {
        has(unit, &sum, &rows);
        writes_all(unit, &sum, true);
        unit.transfers.expect_about().times(1).return_once(|_, _| Ok(Vec::new()));
        settles(unit, &sum, [DecisionState::Suggested, DecisionState::Applied], false);
    });
    let call = world.call();
    let request = AcceptMatch { decision: sum.id };
    let refused = world.build().reconciliations().accept(&call, request).await;
    assert!(matches!(refused, Err(ReconciliationError::Decided(DecisionState::Applied))));
    assert!(!unit.is_committed());
}

/// One row that is no longer what it was keeps all of them out.
#[tokio::test]
async fn a_sum_of_which_a_row_is_no_longer_as_it_was_is_not_accepted() {
    let link = TransferLink { id: DecisionId(builders::id()), kind: TransferKind::Internal };
    let other_amount = |row: &mut Transaction| row.amount = decimal("299.99");
    let other_way = |row: &mut Transaction| row.amount = decimal("-300");
    let gone = |row: &mut Transaction| row.status = TransactionStatus::Removed;
    let elsewhere = move |row: &mut Transaction| row.transfer = Some(link);
    let changes: [(&Change, &str); 4] =
        [(&other_amount, "Changed"), (&other_way, "Changed"), (&gone, "Removed"), (&elsewhere, "InTransfer")];
    for (change, expected) in changes {
        let mut world = World::new();
        let (mut rows, sum) = suggested(&world);
        change(&mut rows[3]);
        let unit = world.unit(|unit| has(unit, &sum, &rows));
        let call = world.call();
        let request = AcceptMatch { decision: sum.id };
        let refused = world.build().reconciliations().accept(&call, request).await.unwrap_err();
        assert!(format!("{refused:?}").starts_with(expected), "{refused:?}");
        assert!(!unit.is_committed());
    }
}

#[tokio::test]
async fn rejecting_and_undoing_write_all_rows_too() {
    use DecisionState::{Applied, Rejected, Suggested, Undone};
    let mut world = World::new();
    let (rows, sum) = suggested(&world);
    let unit = world.unit(|unit| {
        has(unit, &sum, &rows);
        writes_all(unit, &sum, false);
        settles(unit, &sum, [Suggested, Rejected], true);
        unit.records_audit();
    });
    let call = world.call();
    let request = RejectMatch { decision: sum.id };
    let rejected = world.build().reconciliations().reject(&call, request).await.unwrap();
    assert!(rejected.state == Rejected && unit.is_committed());

    let applied = Decision { state: Applied, ..sum };
    let linked = rows.into_iter().map(|row| Transaction { transfer: applied.transfer_link(), ..row });
    let linked: Vec<Transaction> = linked.collect();
    let unit = world.unit(|unit| {
        has(unit, &applied, &linked);
        writes_all(unit, &applied, false);
        settles(unit, &applied, [Applied, Undone], true);
        unit.records_audit();
    });
    let request = UndoMatch { decision: applied.id };
    let undone = world.build().reconciliations().undo(&call, request).await.unwrap();
    assert!(undone.state == Undone && unit.is_committed());
}
