//! Removing a provider instance: stored first, then the institution is asked to forget the grant.

use std::sync::Arc;

use dashtam_application::connections::{ConnectionError, DeleteConnection};
use dashtam_domain::{
    connections::{Connection, ProviderError, Revocation, SealedCredentials},
    identity::AuditAction,
    secret::Sealed,
};
use dashtam_testkit::{
    builders,
    fakes::{ProviderCall, Recorder, ScriptedProvider},
    mocks::MockUnitOfWork,
};
use serde_json::json;

use super::world;
use crate::{
    sync::sealed,
    world::{Unit, World, assert_line, assert_refused},
};

/// The unit finds the instance with these credentials and removes it.
fn removes(unit: &mut MockUnitOfWork, connection: &Connection, sealed: Option<SealedCredentials>) {
    let (owner, id, found) = (connection.owner, connection.id, connection.clone());
    unit.connections
        .expect_find()
        .withf(move |asked, which| (*asked, *which) == (owner, id))
        .times(1)
        .return_once(move |_, _| Ok(Some(found)));
    unit.credentials.expect_find().withf(move |which| *which == id).times(1).return_once(move |_| Ok(sealed));
    unit.accounts.expect_of_connection().times(1).returning(|_, _| Ok(Vec::new()));
    unit.connections
        .expect_delete()
        .withf(move |asked, which| (*asked, *which) == (owner, id))
        .times(1)
        .returning(|_, _| Ok(true));
}

/// A linked instance that is about to go, and whether its removal was committed.
fn about_to_go(
    credentials: fn(&Connection) -> SealedCredentials,
) -> (World, Arc<ScriptedProvider>, Connection, Unit) {
    let (mut world, bank) = world();
    let mut connection = builders::connection(world.owner, "Mine");
    connection.linked(builders::at(1));
    let unit = world.unit(|unit| {
        removes(unit, &connection, Some(credentials(&connection)));
        unit.records_audit();
    });
    (world, bank, connection, unit)
}

#[tokio::test]
async fn the_instance_goes_with_a_line_in_the_trail_and_its_grant_is_revoked() {
    let (mut world, bank) = world();
    let connection = builders::connection(world.owner, "Mine");
    let mut lines = Recorder::new();
    let unit = world.unit(|unit| {
        removes(unit, &connection, Some(sealed(&connection, "the-token", Some("again"))));
        lines = unit.records_audit();
    });
    bank.will_revoke(Ok(Revocation::Done));
    let call = world.call();
    let request = DeleteConnection { connection: connection.id };
    world.build().connections().delete(&call, request).await.unwrap();

    assert!(unit.is_committed());
    let line = lines.only();
    assert_line(&line, &call, AuditAction::ConnectionRevoked, world.owner);
    assert_eq!(line.connection, Some(connection.id));
    assert_eq!(line.details, json!({"provider_key": "sandbox", "alias": "Mine", "deleted": true}));
    assert_eq!(bank.calls(), [ProviderCall::Revoke { access_token: "the-token".to_owned() }]);
}

#[tokio::test]
async fn the_instance_is_gone_whatever_the_institution_says() {
    for answer in [Err(ProviderError::Unavailable), Ok(Revocation::Unsupported)] {
        let (mut world, bank, connection, unit) = about_to_go(|c| sealed(c, "the-token", None));
        bank.will_revoke(answer);
        let call = world.call();
        let request = DeleteConnection { connection: connection.id };
        world.build().connections().delete(&call, request).await.unwrap();
        assert!(unit.is_committed());
        assert_eq!(bank.calls().len(), 1);
    }
}

#[tokio::test]
async fn the_instance_is_gone_even_if_its_credentials_cannot_be_opened() {
    let unreadable = |c: &Connection| SealedCredentials {
        access_token: Sealed::new("sealed by a key that was lost"),
        ..sealed(c, "the-token", None)
    };
    let (mut world, bank, connection, unit) = about_to_go(unreadable);
    let call = world.call();
    let request = DeleteConnection { connection: connection.id };
    world.build().connections().delete(&call, request).await.unwrap();
    assert!(unit.is_committed());
    assert!(bank.calls().is_empty());
}

#[tokio::test]
async fn nothing_is_revoked_for_an_instance_that_was_never_linked_or_whose_provider_is_gone() {
    for provider in ["sandbox", "closed-bank"] {
        let (mut world, bank) = world();
        let mut connection = builders::connection(world.owner, "Mine");
        connection.provider = provider.parse().unwrap();
        let credentials = (provider != "sandbox").then(|| sealed(&connection, "the-token", None));
        let unit = world.unit(|unit| {
            removes(unit, &connection, credentials);
            unit.records_audit();
        });
        let call = world.call();
        let request = DeleteConnection { connection: connection.id };
        world.build().connections().delete(&call, request).await.unwrap();
        assert!(unit.is_committed());
        assert!(bank.calls().is_empty());
    }
}

#[tokio::test]
async fn an_instance_that_is_not_there_or_somebody_elses_stays_as_it_is() {
    let (mut world, bank) = world();
    let (owner, foreign) = (world.owner, builders::connection(builders::user().id, "Theirs"));
    let id = foreign.id;
    let unit = world.unit(|unit| {
        unit.connections
            .expect_find()
            .withf(move |asked, which| (*asked, *which) == (owner, id))
            .return_once(|_, _| Ok(None));
    });
    let call = world.call();
    let result = world.build().connections().delete(&call, DeleteConnection { connection: id }).await;
    assert_refused!(result, ConnectionError::NotFound);
    assert!(!unit.is_committed());
    assert!(bank.calls().is_empty());
}

#[tokio::test]
async fn a_grant_is_not_revoked_when_the_removal_was_not_stored() {
    let (mut world, bank) = world();
    let connection = builders::connection(world.owner, "Mine");
    world.failing_unit(|unit| {
        removes(unit, &connection, Some(sealed(&connection, "the-token", None)));
        unit.records_audit();
    });
    let call = world.call();
    let request = DeleteConnection { connection: connection.id };
    let result = world.build().connections().delete(&call, request).await;
    assert_refused!(result, ConnectionError::Common(_));
    assert!(bank.calls().is_empty());
}
