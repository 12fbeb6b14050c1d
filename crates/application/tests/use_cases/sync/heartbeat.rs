//! Signs of life while an institution takes its time.

use dashtam_domain::connections::{SyncRun, SyncState};
use dashtam_testkit::builders::at;

use super::bench::{Bench, sealed};
use crate::world::Unit;

/// A claimed run of an institution that thinks before it answers that there are no accounts.
fn slow() -> Bench {
    let mut bench = Bench::new();
    bench.claims();
    bench.has_credentials(sealed(&bench.connection, "access", None));
    bench.bank.will_think().will_show_accounts(Ok(Vec::new()));
    bench
}

/// The unit of one sign of life, given at this second.
fn sign_of_life(bench: &mut Bench, second: i64, held: bool) -> Unit {
    let (run, until) = (bench.run.id, at(second).plus(SyncRun::LEASE));
    bench.world.unit(|unit| {
        unit.sync_runs
            .expect_prolong()
            .withf(move |id, attempt, end, told| (*id, *attempt, *end) == (run, 1, until) && told.is_none())
            .times(1)
            .returning(move |_, _, _, _| Ok(held));
    })
}

#[tokio::test]
async fn the_lease_is_prolonged_while_one_answer_takes_longer_than_it() {
    let mut bench = slow();
    bench.world.timer.let_pass(7);
    let signs: Vec<_> = (1..=7).map(|beat| sign_of_life(&mut bench, 1_000 + 10 * beat, true)).collect();
    bench.knows_accounts(Vec::new());
    bench.stores_accounts(Vec::new());
    let ended = bench.ends();
    let run = bench.run_next().await.unwrap().unwrap();
    assert!(signs.iter().all(Unit::is_committed));
    assert_eq!((run.state, run.finished_at), (SyncState::Completed, Some(at(1_070))));
    assert!(ended.unit.is_committed());
}

#[tokio::test]
async fn a_run_that_was_taken_over_meanwhile_waits_for_the_answer_and_ends_nothing() {
    let mut bench = slow();
    bench.world.timer.let_pass(2);
    sign_of_life(&mut bench, 1_010, true);
    sign_of_life(&mut bench, 1_020, false);
    // What the answer brings is refused: the first unit that would store it finds the run lost.
    bench.knows_accounts(Vec::new());
    let refused = bench.world.unit(|unit| {
        unit.sync_runs.expect_prolong().times(1).returning(|_, _, _, _| Ok(false));
    });
    let run = bench.run_next().await.unwrap().unwrap();
    assert_eq!(run.state, SyncState::Running);
    assert!(!refused.is_committed());
}
