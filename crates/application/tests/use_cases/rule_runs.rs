//! Rules over stored transactions: runs that fail, and runs there are enough of.

use dashtam_application::{
    corrections::CorrectTransaction,
    errors::CommonError,
    merchants::ForgetMerchant,
    rules::{CarryOnRuleRuns, RulesError, StartRuleRun},
};
use dashtam_domain::{
    id::RuleRunId,
    ledger::meaning::rule::{ByRule, RuleOutcome, RuleRun, RuleRunChange, RuleRunState},
    ledger::{Transaction, TransactionChange},
    store::{StorageTrouble, StoreError},
};
use dashtam_testkit::builders::{self, at, day};

use crate::world::{Unit, World, assert_refused, broken, unkept};

fn run(world: &World) -> RuleRun {
    RuleRun::new(RuleRunId(builders::id()), world.owner, None, at(0))
}

/// The next page of this run fails.
fn fails(world: &mut World, run: &RuleRun, error: fn() -> StoreError) -> Unit {
    world.queries.rules.expect_has_open_runs().returning(|| Ok(true));
    let run = run.clone();
    world.unit(|unit| {
        unit.rule_runs.expect_next().times(1).return_once(|| Ok(Some(run)));
        unit.rules.expect_history().times(1).return_once(move |_, _, _| Err(error()));
    })
}

#[tokio::test]
async fn a_run_that_fails_lets_others_come_first_and_is_given_up() {
    for (failures, expected) in [(0, RuleRunState::Running), (4, RuleRunState::Failed)] {
        let mut world = World::new();
        let run = RuleRun { failures, ..run(&world) };
        let page = fails(&mut world, &run, broken);
        let noted = RuleRun { failures: failures + 1, state: expected, updated_at: world.now, ..run.clone() };
        let unit = world.unit(|unit| {
            unit.rule_runs.expect_find().times(1).return_once(|_, _| Ok(Some(run)));
            unit.rule_runs.expect_put().withf(move |put| *put == noted).times(1).return_once(|_| Ok(()));
        });
        let call = world.system();
        let carried = world.build().rules().carry_on(&call, CarryOnRuleRuns).await;
        assert_refused!(carried, CommonError::Store(_));
        assert!(unit.is_committed() && !page.is_committed());
    }
}

#[tokio::test]
async fn what_passes_by_itself_is_no_failure_of_a_run() {
    let full = || StoreError::Storage { trouble: StorageTrouble::Full, source: "full".into() };
    for error in [full, || StoreError::Contended("busy".into())] {
        let mut world = World::new();
        let run = run(&world);
        let page = fails(&mut world, &run, error);
        let call = world.system();
        let carried = world.build().rules().carry_on(&call, CarryOnRuleRuns).await;
        assert_refused!(carried, CommonError::Store(_));
        assert!(!page.is_committed());
    }
}

#[tokio::test]
async fn of_too_many_runs_that_can_be_taken_back_none_is_added() {
    let mut world = World::new();
    let unit = world.unit(|unit| {
        unit.rule_runs.expect_open().times(1).return_once(|_| Ok(None));
        unit.rule_runs.expect_kept().times(1).return_once(|_| Ok(RuleRun::KEPT));
    });
    let call = world.call();
    let started = world.build().rules().start_run(&call, StartRuleRun, unkept).await;
    assert_refused!(started, RulesError::TooManyRuns);
    assert!(!unit.is_committed());
}

/// Whoever changes a rule or a payee again and again waits for one run, not for one each time.
#[tokio::test]
async fn a_run_that_was_left_is_taken_up() {
    let mut world = World::new();
    let payee = builders::payee(world.owner, "Tea Shop");
    let account = builders::file_account(world.owner, "1");
    let rows: Vec<_> =
        (0..RuleRun::PAGE).map(|n| builders::transaction(&account, &n.to_string(), day(1))).collect();
    let page = i64::from(RuleRun::PAGE);
    let left = RuleRun { of: Some(payee.id.0), examined: page, ..run(&world) };
    let (id, last) = (left.id, rows.last().map(|row| row.id));
    let unit = world.unit(|unit| {
        let found = payee.clone();
        unit.payees.expect_hold().times(1).return_once(|_, _| Ok(Some(found)));
        unit.payees.expect_remove().times(1).return_once(|_, _| Ok(true));
        unit.rules.expect_decided_by().times(1).return_once(|_, _, _, _| Ok(rows));
        unit.rule_runs.expect_open_of().times(1).return_once(|_, _| Ok(Some(left)));
        unit.rule_runs
            .expect_put()
            .withf(move |put| put.id == id && put.place.map(|at| at.id) == last && put.examined == 2 * page)
            .times(1)
            .return_once(|_| Ok(()));
    });
    let call = world.call();
    world.build().merchants().forget(&call, ForgetMerchant { payee: payee.id }).await.unwrap();
    assert!(unit.is_committed());
}

/// It would be passed over where it moves from days that are to come to days that were.
#[tokio::test]
async fn what_moves_past_a_run_is_decided_as_the_run_would() {
    let mut world = World::new();
    let run = run(&world);
    let of_gone = ByRule { value: (), rule: builders::rule(world.owner, 1).id };
    let decided = RuleOutcome { hidden: Some(of_gone), ..RuleOutcome::default() };
    let account = builders::file_account(world.owner, "1");
    let row = builders::transaction(&account, "a", day(1));
    let row = Transaction { decided: Some(Box::new(decided)), ..row };
    let change = TransactionChange { day: Some(Some(day(9))), ..TransactionChange::default() };
    let (noted, change_of) = (run.id, (row.id, row.decided.clone(), None));
    let unit = world.unit(|unit| {
        let held = row.clone();
        unit.corrections.expect_hold_transaction().times(1).return_once(|_, _| Ok(Some(held)));
        unit.corrections.expect_correct_transaction().times(1).return_once(|_| Ok(()));
        unit.rule_runs.expect_open().times(1).return_once(|_| Ok(Some(run)));
        unit.transactions
            .expect_update()
            .withf(|rows| rows.len() == 1 && rows[0].decided.is_none() && rows[0].shown_day() == day(9))
            .times(1)
            .return_once(|_| Ok(()));
        unit.rule_runs
            .expect_note()
            .withf(move |id, changes| {
                let of = |change: &RuleRunChange| {
                    (change.transaction, change.before.clone(), change.after.clone())
                };
                *id == noted && changes.iter().map(of).eq([change_of.clone()])
            })
            .times(1)
            .return_once(|_, _| Ok(()));
        unit.records_audit();
    });
    let call = world.call();
    let request = CorrectTransaction { transaction: row.id, change };
    let corrected = world.build().corrections().correct_transaction(&call, request).await.unwrap();
    assert_eq!((corrected.decided.as_ref(), corrected.shown_day()), (None, day(9)));
    assert!(unit.is_committed());
}
