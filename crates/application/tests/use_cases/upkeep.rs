//! Upkeep of the store.

use chrono::TimeDelta;
use dashtam_application::upkeep::{
    AdmitUser, Backlog, CheckDays, CheckSample, InterruptImports, MeasureBacklog, Purge, ShowHealth,
    ShowWork, Work,
};
use dashtam_domain::{
    connections::ConnectionTally,
    delivery::Due,
    id::AccountId,
    identity::User,
    ledger::{Import, ImportState, KeptAccount},
    money::Currency,
    page::Page,
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
            // A chunk of a file is half a mebibyte.
            let most = if what == Outlived::ExportChunks { 32 } else { 500 };
            units.push(world.unit(|unit| {
                unit.retention
                    .expect_remove()
                    .withf(move |asked, at, limit| (*asked, *at, *limit) == (what, now, most))
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

fn kept_accounts(world: &World, count: u128) -> Vec<KeptAccount> {
    let account = |id| KeptAccount {
        id: AccountId(uuid::Uuid::from_u128(id)),
        owner: world.owner,
        currency: Currency::USD,
        provider: None,
    };
    (1..=count).map(account).collect()
}

#[tokio::test]
async fn accounts_are_checked_once_each_and_one_that_fails_costs_no_other() {
    let mut world = World::new();
    let accounts = kept_accounts(&world, 51);
    let page = Page { items: accounts.clone(), next: Some(accounts[50].id) };
    world.queries.ledger.expect_kept_accounts().times(1).return_once(move |_, _| Ok(page));
    let units: Vec<_> = (0..50)
        .map(|at| {
            world.unit(|unit| {
                let checked = unit.balances.expect_check_days().times(1);
                checked.return_once(move |_, _, _| match at {
                    3 => Err(broken()),
                    4 => Ok(vec![builders::day(1), builders::day(2)]),
                    _ => Ok(Vec::new()),
                });
            })
        })
        .collect();
    let call = world.system();
    let request = CheckDays { from: accounts[0].id, repair: true };
    let checked = world.build().upkeep().check_days(&call, request).await.unwrap();
    assert_eq!(
        (checked.accounts, checked.next),
        (49, Some(accounts[50].id)),
        "the last one is the first of the next"
    );
    assert_eq!((checked.failed, checked.wrong), (vec![accounts[3].id], vec![(accounts[4].id, 2)]));
    assert_eq!(units.iter().filter(|unit| unit.is_committed()).count(), 1);
}

#[tokio::test]
async fn a_sample_of_no_accounts_is_none() {
    let mut world = World::new();
    let none = Page { items: Vec::new(), next: None };
    world.queries.ledger.expect_kept_accounts().times(1).return_once(move |_, _| Ok(none));
    let call = world.system();
    assert_eq!(world.build().upkeep().check_sample(&call, CheckSample).await.unwrap(), 0);
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
async fn administrators_are_told_of_the_work_and_where_nobody_looks_of_no_health() {
    let mut world = World::new();
    let none = Due { count: 0, oldest: None };
    world.queries.delivery.expect_mails_due().times(1).returning(move |_| Ok((none, 1)));
    world.queries.connections.expect_syncs_due().times(1).returning(move |_| Ok(none));
    world.queries.connections.expect_connections_due().times(1).returning(move |_| Ok(none));
    let tally = ConnectionTally { working: 2, ..ConnectionTally::new("sandbox".parse().unwrap()) };
    let tallies = vec![tally];
    let told = tallies.clone();
    world.queries.connections.expect_connection_tallies().times(1).return_once(move || Ok(told));
    let call = world.administrator();
    let dashtam = world.build();
    let work = dashtam.upkeep().show_work(&call, ShowWork).await.unwrap();
    let backlog = Backlog { mails: none, dead_mails: 1, syncs: none, connections: none };
    assert_eq!(work, Work { backlog, connections: tallies });
    assert_eq!(dashtam.upkeep().show_health(&call, ShowHealth).await.unwrap(), []);
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
