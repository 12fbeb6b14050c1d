//! Upkeep of the store.

use chrono::TimeDelta;
use dashtam_application::upkeep::{AdmitUser, Backlog, InterruptImports, MeasureBacklog, Purge};
use dashtam_domain::{
    delivery::Due,
    identity::User,
    ledger::{Import, ImportState},
    retention::Outlived,
    store::Inserted,
};
use dashtam_testkit::builders::{self, at};

use crate::{
    database::Disk,
    world::{World, assert_refused, broken},
};
use dashtam_application::errors::CommonError;

#[tokio::test]
async fn a_purge_goes_on_batch_by_batch_until_nothing_is_left_of_any_sort() {
    let mut world = World::new();
    let mut units = Vec::new();
    for what in Outlived::ALL {
        let batches: &[u64] = match what {
            Outlived::RefreshGenerations => &[500, 500, 3],
            Outlived::IdempotencyKeys => &[500, 0],
            _ => &[0],
        };
        for removed in batches {
            let (now, removed) = (world.now, *removed);
            units.push(world.unit(|unit| {
                unit.retention
                    .expect_remove()
                    .withf(move |asked, at, limit| (*asked, *at, *limit) == (what, now, 500))
                    .times(1)
                    .returning(move |_, _, _| Ok(removed));
            }));
        }
    }
    let call = world.system();
    assert_eq!(world.build().upkeep().purge(&call, Purge).await.unwrap(), 1_503);
    assert!(units.iter().all(crate::world::Unit::is_committed));
}

#[tokio::test]
async fn a_purge_that_fails_keeps_what_is_done() {
    let mut world = World::new();
    let first = world.unit(|unit| {
        unit.retention.expect_remove().times(1).returning(|_, _, _| Ok(500));
    });
    world.unit(|unit| {
        unit.retention.expect_remove().times(1).returning(|_, _, _| Err(broken()));
    });
    let call = world.system();
    assert_refused!(world.build().upkeep().purge(&call, Purge).await, CommonError::Store(_));
    assert!(first.is_committed());
}

#[tokio::test]
async fn an_import_that_has_run_for_half_an_hour_was_interrupted() {
    let (world, disk) = Disk::open(|_| {}).await;
    let import = Import { created_at: world.now, ..builders::import(world.owner) };
    let mut unit = disk.storage.store.begin().await.unwrap();
    unit.imports().insert(&import).await.unwrap();
    unit.commit().await.unwrap();
    let dashtam = world.build_on(disk.storage.clone());
    for (minutes, marked) in [(30, 0), (31, 1), (32, 0)] {
        let now = world.now.plus(TimeDelta::minutes(minutes));
        let call = dashtam_domain::call::Call::system(now);
        assert_eq!(dashtam.upkeep().interrupt_imports(&call, InterruptImports).await.unwrap(), marked);
    }
    let shown = disk.storage.queries.import(world.owner, import.id).await.unwrap().unwrap();
    assert_eq!((shown.state, shown.finished_at), (ImportState::Interrupted, Some(at(1_000 + 31 * 60))));
}

#[tokio::test]
async fn the_backlog_is_what_is_due_now() {
    let mut world = World::new();
    let now = world.now;
    let (mails, syncs) = (Due { count: 2, oldest: Some(now) }, Due { count: 0, oldest: None });
    let due_at = move |at: &dashtam_domain::time::Timestamp| *at == now;
    world.queries.delivery.expect_mails_due().withf(due_at).times(1).returning(move |_| Ok((mails, 3)));
    world.queries.connections.expect_syncs_due().withf(due_at).times(1).returning(move |_| Ok(syncs));
    let connections = Due { count: 1, oldest: Some(at(1)) };
    let expected = world.queries.connections.expect_connections_due().withf(due_at).times(1);
    expected.returning(move |_| Ok(connections));
    let call = world.system();
    let found = world.build().upkeep().measure_backlog(&call, MeasureBacklog).await.unwrap();
    assert_eq!(found, Backlog { mails, dead_mails: 3, syncs, connections });
}

#[tokio::test]
async fn a_user_of_another_program_is_taken_in_once() {
    let mut world = World::new();
    let (owner, now) = (world.owner, world.now);
    let expected = User::of_another_program(owner, now);
    assert_eq!(expected.email.as_str(), format!("{owner}@users.invalid"));
    assert!(expected.password.is_none() && expected.is_usable(now));
    world.queries.users.expect_user().times(1).returning(|_| Ok(None));
    let unit = world.unit(|unit| {
        unit.users
            .expect_insert_if_absent()
            .withf(move |user| *user == expected)
            .times(1)
            .returning(|_| Ok(Inserted::New));
    });
    let call = world.system();
    world.build().upkeep().admit_user(&call, AdmitUser { user: owner }).await.unwrap();
    assert!(unit.is_committed());

    let known = User::of_another_program(owner, now);
    world.queries.users.expect_user().times(1).returning(move |_| Ok(Some(known.clone())));
    world.build().upkeep().admit_user(&call, AdmitUser { user: owner }).await.unwrap();
}
