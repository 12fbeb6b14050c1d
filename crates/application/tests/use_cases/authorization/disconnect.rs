//! Giving a connection up: the credentials go, the instance and its data stay.

use dashtam_application::authorization::{AuthorizationError, Disconnect};
use dashtam_domain::{
    connections::{Connection, ConnectionState, ProviderError, Revocation},
    identity::AuditAction,
    store::Inserted,
};
use dashtam_testkit::{
    builders::{self, at},
    fakes::{ProviderCall, Recorder},
    mocks::MockUnitOfWork,
};
use serde_json::json;

use super::world;
use crate::{
    sync::sealed,
    world::{World, assert_line, assert_refused},
};

/// The unit finds the instance, with credentials or without.
fn finds(unit: &mut MockUnitOfWork, connection: &Connection, linked: bool) {
    let (owner, id, found) = (connection.owner, connection.id, connection.clone());
    let credentials = linked.then(|| sealed(connection, "the-token", None));
    unit.connections
        .expect_find()
        .withf(move |asked, which| (*asked, *which) == (owner, id))
        .times(1)
        .return_once(|_, _| Ok(Some(found)));
    unit.credentials.expect_find().times(1).return_once(|_| Ok(credentials));
}

/// The unit deletes the credentials and writes the instance, which is handed to the test.
fn gives_up(unit: &mut MockUnitOfWork, connection: &Connection) -> Recorder<Connection> {
    finds(unit, connection, true);
    let id = connection.id;
    unit.credentials.expect_delete().withf(move |which| *which == id).times(1).returning(|_| Ok(true));
    let written = Recorder::new();
    let seen = written.clone();
    unit.connections.expect_update().times(1).returning(move |connection| {
        seen.push(connection.clone());
        Ok(Inserted::New)
    });
    written
}

async fn disconnect(world: &mut World, connection: &Connection) -> Result<(), AuthorizationError> {
    let call = world.call();
    world.build().authorization().disconnect(&call, Disconnect { connection: connection.id }).await
}

#[tokio::test]
async fn the_credentials_go_and_then_the_institution_is_asked_to_forget_the_grant() {
    for answer in [Ok(Revocation::Done), Err(ProviderError::Unavailable)] {
        let (mut world, bank, mut connection) = world();
        connection.linked(at(1));
        let (mut written, mut lines) = (Recorder::new(), Recorder::new());
        let unit = world.unit(|unit| {
            written = gives_up(unit, &connection);
            lines = unit.records_audit();
        });
        bank.will_revoke(answer);
        disconnect(&mut world, &connection).await.unwrap();

        assert!(unit.is_committed());
        let given_up = written.only();
        assert_eq!((given_up.state, given_up.next_sync_at), (ConnectionState::Revoked, None));
        assert_eq!(given_up.connected_at, Some(at(1)));
        let (line, call) = (lines.only(), world.call());
        assert_line(&line, &call, AuditAction::ConnectionRevoked, world.owner);
        assert_eq!(line.connection, Some(connection.id));
        assert_eq!(line.details, json!({"provider_key": "sandbox", "alias": "Mine"}));
        assert_eq!(bank.calls(), [ProviderCall::Revoke { access_token: "the-token".to_owned() }]);
    }
}

#[tokio::test]
async fn what_is_not_linked_is_left_as_it_is() {
    let (mut world, bank, connection) = world();
    let unit = world.unit(|unit| finds(unit, &connection, false));
    disconnect(&mut world, &connection).await.unwrap();
    assert!(!unit.is_committed());
    assert!(bank.calls().is_empty());
}

#[tokio::test]
async fn an_instance_that_is_not_there_or_somebody_elses_is_not_found() {
    let (mut world, _, _) = world();
    let foreign = builders::connection(builders::user().id, "Theirs");
    let (owner, id) = (world.owner, foreign.id);
    let unit = world.unit(|unit| {
        unit.connections
            .expect_find()
            .withf(move |asked, which| (*asked, *which) == (owner, id))
            .times(1)
            .return_once(|_, _| Ok(None));
    });
    assert_refused!(disconnect(&mut world, &foreign).await, AuthorizationError::NotFound);
    assert!(!unit.is_committed());
}

#[tokio::test]
async fn a_grant_is_not_revoked_when_giving_it_up_was_not_stored() {
    let (mut world, bank, connection) = world();
    world.failing_unit(|unit| {
        gives_up(unit, &connection);
        unit.records_audit();
    });
    assert_refused!(disconnect(&mut world, &connection).await, AuthorizationError::Common(_));
    assert!(bank.calls().is_empty());
}
