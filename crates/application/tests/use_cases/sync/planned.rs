//! Synchronisation by itself: what is due is queued, once, and what an institution says about its pace is kept to.

use std::sync::Arc;

use chrono::TimeDelta;
use dashtam_application::sync::{PlanSyncs, RequestSync, SyncError};
use dashtam_domain::{
    connections::{Connection, DailyRuns, RequestedBy, SyncPace, SyncRun, SyncState},
    delivery::Due,
    store::Inserted,
    time::Timestamp,
};
use dashtam_testkit::{
    builders::{self, at},
    fakes::{Recorder, ScriptedProvider},
    mocks::MockUnitOfWork,
};

use super::bench::finds;
use crate::world::{World, assert_refused, unkept};

/// A linked instance that is due at this second.
fn due(world: &World, alias: &str, second: i64) -> Connection {
    let mut connection = builders::connection(world.owner, alias);
    connection.linked(at(second));
    connection
}

/// So many are due, over all.
fn are_due(world: &mut World, count: u64) {
    let due = Due { count, oldest: Some(at(0)) };
    world.queries.connections.expect_connections_due().times(1).return_once(move |_| Ok(due));
}

/// The instances that are due and written, and the runs that are asked for.
struct Planned {
    connections: Recorder<Connection>,
    runs: Recorder<SyncRun>,
}

fn plans(unit: &mut MockUnitOfWork, due: Vec<Connection>, open: Option<SyncRun>) -> Planned {
    let (connections, runs) = (Recorder::new(), Recorder::new());
    let (written, asked) = (connections.clone(), runs.clone());
    unit.connections.expect_take_due().times(1).return_once(|_, _| Ok(due));
    unit.connections.expect_update().returning(move |connection| {
        written.push(connection.clone());
        Ok(Inserted::New)
    });
    unit.sync_runs.expect_insert_if_idle().returning(move |run| {
        asked.push(run.clone());
        Ok(open.clone().unwrap_or_else(|| run.clone()))
    });
    Planned { connections, runs }
}

/// The next time after an hour, moved by what the first random bytes of a test say.
fn in_an_hour() -> Option<Timestamp> {
    Some(at(1_000).plus(TimeDelta::milliseconds(3_600 * 1_091)))
}

#[tokio::test]
async fn when_nothing_is_due_nothing_is_locked() {
    let mut world = World::new();
    are_due(&mut world, 0);
    let call = world.system();
    assert_eq!(world.build().sync().plan(&call, PlanSyncs).await.unwrap(), 0);
    assert_eq!(world.signal.rings(), 0);
}

#[tokio::test]
async fn what_is_due_is_queued_and_its_next_time_is_moved_in_the_same_unit() {
    let mut world = World::new();
    are_due(&mut world, 2);
    // Hours late, and alone.
    let connections = vec![due(&world, "One", 1_000), due(&world, "Other", -9_000)];
    let mut planned = None;
    let unit = world.unit(|unit| planned = Some(plans(unit, connections.clone(), None)));
    let call = world.system();
    assert_eq!(world.build().sync().plan(&call, PlanSyncs).await.unwrap(), 2);
    assert!(unit.is_committed());
    assert_eq!(world.signal.rings(), 1);
    let Planned { connections: written, runs } = planned.unwrap();
    for (run, connection) in runs.all().iter().zip(&connections) {
        let expected = SyncRun::queued(run.id, connection.id, world.owner, world.now);
        assert_eq!(*run, expected.wanted_by(RequestedBy::Schedule));
    }
    let next: Vec<_> = written.all().iter().map(|connection| connection.next_sync_at).collect();
    assert_eq!(next, [in_an_hour(), in_an_hour()]);
}

#[tokio::test]
async fn an_instance_that_is_synchronised_already_is_not_due_again_and_nobody_is_woken() {
    let mut world = World::new();
    are_due(&mut world, 1);
    let connection = due(&world, "Mine", 1_000);
    let open = SyncRun { state: SyncState::Running, ..builders::sync_run(&connection, 5) };
    let mut planned = None;
    world.unit(|unit| planned = Some(plans(unit, vec![connection], Some(open))));
    let call = world.system();
    assert_eq!(world.build().sync().plan(&call, PlanSyncs).await.unwrap(), 1);
    assert_eq!(planned.unwrap().connections.only().next_sync_at, in_an_hour());
    assert_eq!(world.signal.rings(), 0);
}

#[tokio::test]
async fn many_that_are_due_since_long_are_spread_over_ten_minutes() {
    let mut world = World::new();
    are_due(&mut world, 51);
    let (late, new) = (due(&world, "Late", 900), due(&world, "New", 950));
    let spread = world.now.plus(late.spread());
    let mut planned = None;
    world.unit(|unit| planned = Some(plans(unit, vec![late, new.clone()], None)));
    let call = world.system();
    assert_eq!(world.build().sync().plan(&call, PlanSyncs).await.unwrap(), 2);
    let Planned { connections, runs } = planned.unwrap();
    assert_eq!(connections.all()[0].next_sync_at, Some(spread));
    assert!(spread.since(world.now) < TimeDelta::minutes(10));
    assert_eq!(runs.only().connection, new.id);
}

/// A world whose institution takes two synchronisations a day, and an instance that had them today.
fn spent() -> (World, Connection) {
    let mut world = World::new();
    let pace = SyncPace { daily_runs: Some(2), ..SyncPace::DEFAULT };
    let bank = ScriptedProvider::new("sandbox", &world.open).paced(pace);
    world.provider(Arc::new(bank));
    let mut connection = due(&world, "Mine", 1_000);
    connection.daily_runs = DailyRuns { day: Some(world.now.day()), used: 2 };
    (world, connection)
}

#[tokio::test]
async fn what_an_institution_takes_no_more_of_today_is_due_tomorrow() {
    let (mut world, connection) = spent();
    are_due(&mut world, 1);
    let tomorrow = world.now.day().plus_days(1).start().plus(connection.spread());
    let mut planned = None;
    world.unit(|unit| planned = Some(plans(unit, vec![connection], None)));
    let call = world.system();
    world.build().sync().plan(&call, PlanSyncs).await.unwrap();
    let Planned { connections, runs } = planned.unwrap();
    assert_eq!(connections.only().next_sync_at, Some(tomorrow));
    assert!(runs.all().is_empty());
}

#[tokio::test]
async fn a_user_is_told_when_an_institution_takes_no_more_today() {
    let (mut world, connection) = spent();
    let id = connection.id;
    let left = world.now.day().plus_days(1).start().since(world.now).num_seconds();
    let unit = world.unit(|unit| {
        finds(unit, connection);
        unit.sync_runs.expect_insert_if_idle().times(1).returning(|run| Ok(run.clone()));
    });
    let call = world.call();
    let asked = world.build().sync().request(&call, RequestSync { connection: id }, unkept).await;
    assert_refused!(asked, SyncError::SpentForToday { left: told } if i64::from(told) == left);
    assert!(!unit.is_committed());
}

#[tokio::test]
async fn what_a_user_asks_for_counts_for_the_day() {
    let (mut world, mut connection) = spent();
    connection.daily_runs.used = 1;
    let (id, written) = (connection.id, Recorder::new());
    let seen = written.clone();
    world.unit(|unit| {
        finds(unit, connection);
        unit.sync_runs.expect_insert_if_idle().times(1).returning(|run| Ok(run.clone()));
        unit.connections.expect_update().times(1).returning(move |connection| {
            seen.push(connection.clone());
            Ok(Inserted::New)
        });
    });
    let call = world.call();
    world.build().sync().request(&call, RequestSync { connection: id }, unkept).await.unwrap();
    let counted = DailyRuns { day: Some(world.now.day()), used: 2 };
    assert_eq!(written.only().daily_runs, counted);
}
