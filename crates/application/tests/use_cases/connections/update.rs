//! Changing a provider instance: its name, metadata, frequency, and switching it off and on.

use dashtam_application::{
    connections::{ConnectionChange, ConnectionError, UpdateConnection},
    errors::CommonError,
};
use dashtam_domain::{
    connections::{Connection, ConnectionOverview},
    identity::AuditAction,
    store::{Inserted, StoreError},
};
use dashtam_testkit::{builders, fakes::Recorder, mocks::MockUnitOfWork};

use serde_json::json;

use super::world;
use crate::world::{World, assert_line, assert_refused};

fn to(connection: &Connection, alias: &str) -> UpdateConnection {
    let change = ConnectionChange { alias: Some(alias.parse().unwrap()), ..ConnectionChange::default() };
    UpdateConnection { connection: connection.id, change }
}

/// The reading side shows this instance of the caller.
fn shows(world: &mut World, overview: Option<ConnectionOverview>) {
    let owner = world.owner;
    world
        .queries
        .connections
        .expect_connection()
        .withf(move |asked, _| *asked == owner)
        .return_once(move |_, _| Ok(overview));
}

fn finds(unit: &mut MockUnitOfWork, connection: &Connection) {
    let (owner, id, found) = (connection.owner, connection.id, connection.clone());
    unit.connections
        .expect_find()
        .withf(move |asked, which| (*asked, *which) == (owner, id))
        .times(1)
        .return_once(move |_, _| Ok(Some(found)));
}

#[tokio::test]
async fn the_instance_has_the_new_name_and_shows_its_newest_run() {
    let (mut world, _) = world();
    let before = builders::connection(world.owner, "Old");
    let run = builders::sync_run(&before, 5);
    let overview = ConnectionOverview {
        connection: before.clone(),
        latest_run: Some(run.clone()),
        grant_expires_at: None,
    };
    shows(&mut world, Some(overview));
    let updated = Recorder::new();
    let seen = updated.clone();
    let mut lines = Recorder::new();
    let unit = world.unit(|unit| {
        finds(unit, &before);
        unit.connections.expect_update().times(1).returning(move |connection| {
            seen.push(connection.clone());
            Ok(Inserted::New)
        });
        lines = unit.records_audit();
    });
    let call = world.call();
    let renamed = world.build().connections().update(&call, to(&before, "New")).await.unwrap();

    assert!(unit.is_committed());
    let expected = Connection { alias: "New".parse().unwrap(), updated_at: world.now, ..before };
    assert_eq!(updated.only(), expected);
    let line = lines.only();
    assert_line(&line, &call, AuditAction::ProviderUpdated, world.owner);
    assert_eq!(line.details["changed"], json!(["alias"]));
    assert_eq!(
        renamed,
        ConnectionOverview { connection: expected, latest_run: Some(run), grant_expires_at: None }
    );
}

#[tokio::test]
async fn a_name_of_another_instance_is_refused() {
    let (mut world, _) = world();
    let before = builders::connection(world.owner, "Old");
    shows(
        &mut world,
        Some(ConnectionOverview { connection: before.clone(), latest_run: None, grant_expires_at: None }),
    );
    let unit = world.unit(|unit| {
        finds(unit, &before);
        unit.connections.expect_update().returning(|_| Ok(Inserted::Exists));
    });
    let call = world.call();
    let result = world.build().connections().update(&call, to(&before, "Taken")).await;
    assert_refused!(result, ConnectionError::AliasTaken);
    assert!(!unit.is_committed());
}

#[tokio::test]
async fn an_instance_that_is_not_there_or_somebody_elses_is_not_found_and_nothing_is_opened() {
    let (mut world, _) = world();
    let foreign = builders::connection(dashtam_domain::id::UserId(builders::id()), "Theirs");
    shows(&mut world, None);
    let call = world.call();
    let result = world.build().connections().update(&call, to(&foreign, "Mine")).await;
    assert_refused!(result, ConnectionError::NotFound);
}

#[tokio::test]
async fn an_instance_that_went_away_meanwhile_is_not_found() {
    let (mut world, _) = world();
    let before = builders::connection(world.owner, "Old");
    shows(
        &mut world,
        Some(ConnectionOverview { connection: before.clone(), latest_run: None, grant_expires_at: None }),
    );
    let unit = world.unit(|unit| {
        unit.connections.expect_find().return_once(|_, _| Ok(None));
    });
    let call = world.call();
    let result = world.build().connections().update(&call, to(&before, "New")).await;
    assert_refused!(result, ConnectionError::NotFound);
    assert!(!unit.is_committed());
}

#[tokio::test]
async fn a_change_by_somebody_else_is_told_as_such() {
    let (mut world, _) = world();
    let before = builders::connection(world.owner, "Old");
    shows(
        &mut world,
        Some(ConnectionOverview { connection: before.clone(), latest_run: None, grant_expires_at: None }),
    );
    let unit = world.unit(|unit| {
        finds(unit, &before);
        unit.connections.expect_update().returning(|_| Err(StoreError::Stale));
    });
    let call = world.call();
    let result = world.build().connections().update(&call, to(&before, "New")).await;
    assert_refused!(result, ConnectionError::Common(CommonError::Store(StoreError::Stale)));
    assert!(!unit.is_committed());
}
