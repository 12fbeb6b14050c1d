//! Asking for a synchronisation.

use dashtam_application::{
    errors::CommonError,
    sync::{RequestSync, SyncError},
};
use dashtam_domain::{
    connections::{Connection, ConnectionState, SyncRun, SyncState},
    delivery::idempotency::Begun,
};
use dashtam_testkit::{builders, fakes::Recorder, mocks::MockUnitOfWork};

use super::bench::finds;
use crate::world::{World, assert_refused, begins, begins_and_finishes, kept, kept_answer, once, unkept};

/// The caller's instance in this state.
fn instance(world: &World, state: ConnectionState) -> Connection {
    Connection { state, ..builders::connection(world.owner, "Mine") }
}

/// The run is queued, unless the instance has this one under way.
fn queues(unit: &mut MockUnitOfWork, under_way: Option<SyncRun>) -> Recorder<SyncRun> {
    let asked = Recorder::new();
    let seen = asked.clone();
    unit.sync_runs.expect_insert_if_idle().times(1).returning(move |run| {
        seen.push(run.clone());
        Ok(under_way.clone().unwrap_or_else(|| run.clone()))
    });
    asked
}

#[tokio::test]
async fn a_linked_instance_gets_a_queued_run_and_the_worker_is_woken() {
    for state in [ConnectionState::Active, ConnectionState::Error] {
        let mut world = World::new();
        let connection = instance(&world, state);
        let id = connection.id;
        let mut asked = Recorder::new();
        let unit = world.unit(|unit| {
            finds(unit, connection);
            asked = queues(unit, None);
        });
        let call = world.call();
        let run = world.build().sync().request(&call, RequestSync { connection: id }, unkept).await.unwrap();
        assert!(unit.is_committed());
        assert_eq!(run, asked.only());
        assert_eq!(run, SyncRun::queued(run.id, id, world.owner, world.now));
        assert_eq!(world.signal.rings(), 1);
    }
}

#[tokio::test]
async fn a_run_that_is_under_way_is_the_answer() {
    let mut world = World::new();
    let connection = instance(&world, ConnectionState::Active);
    let id = connection.id;
    let under_way = SyncRun { state: SyncState::Running, ..builders::sync_run(&connection, 5) };
    let answer = under_way.clone();
    world.unit(|unit| {
        finds(unit, connection);
        queues(unit, Some(answer));
    });
    let call = world.call();
    let run = world.build().sync().request(&call, RequestSync { connection: id }, unkept).await.unwrap();
    assert_eq!(run, under_way);
}

#[tokio::test]
async fn an_instance_that_is_not_linked_is_refused_and_nobody_is_woken() {
    for state in [ConnectionState::Pending, ConnectionState::Expired, ConnectionState::Revoked] {
        let mut world = World::new();
        let connection = instance(&world, state);
        let id = connection.id;
        let unit = world.unit(|unit| finds(unit, connection));
        let call = world.call();
        let result = world.build().sync().request(&call, RequestSync { connection: id }, unkept).await;
        assert_refused!(result, SyncError::NotConnected);
        assert!(!unit.is_committed());
        assert_eq!(world.signal.rings(), 0);
    }
}

#[tokio::test]
async fn an_instance_that_is_not_there_or_somebody_elses_is_not_found() {
    let mut world = World::new();
    let owner = world.owner;
    let unit = world.unit(|unit| {
        unit.connections
            .expect_find()
            .withf(move |asked, _| *asked == owner)
            .times(1)
            .return_once(|_, _| Ok(None));
    });
    let call = world.call();
    let foreign = builders::connection(builders::user().id, "Theirs");
    let result = world.build().sync().request(&call, RequestSync { connection: foreign.id }, unkept).await;
    assert_refused!(result, SyncError::NotFound);
    assert!(!unit.is_committed());
}

fn shown(run: &SyncRun) -> String {
    run.state.as_str().to_owned()
}

#[tokio::test]
async fn the_answer_is_kept_in_the_unit_that_queues_the_run() {
    let mut world = World::new();
    let connection = instance(&world, ConnectionState::Active);
    let (id, scope, mut answers) = (connection.id, world.user_scope(), Recorder::new());
    let unit = world.unit(|unit| {
        answers = begins_and_finishes(unit, scope);
        finds(unit, connection);
        queues(unit, None);
    });
    let call = once(world.call());
    world
        .build()
        .sync()
        .request(&call, RequestSync { connection: id }, |run| kept(shown(run)))
        .await
        .unwrap();
    assert!(unit.is_committed());
    assert_eq!(answers.only().body, "queued");
}

#[tokio::test]
async fn a_repeated_request_queues_nothing_and_wakes_nobody() {
    let mut world = World::new();
    let (id, scope) = (instance(&world, ConnectionState::Active).id, world.user_scope());
    let unit = world.unit(|unit| begins(unit, scope, Begun::Replay(kept_answer())));
    let call = once(world.call());
    let result =
        world.build().sync().request(&call, RequestSync { connection: id }, |run| kept(shown(run))).await;
    let Err(SyncError::Common(CommonError::Replay(answer))) = result else {
        panic!("expected a replay, got {result:?}");
    };
    assert_eq!(answer, kept_answer());
    assert!(!unit.is_committed());
    assert_eq!(world.signal.rings(), 0);
}
