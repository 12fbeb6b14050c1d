//! Linking an instance again.

use std::sync::Arc;

use dashtam_application::authorization::CompleteAuthorization;
use dashtam_domain::{
    connections::{Connection, ConnectionState, Credentials, SealedCredentials},
    identity::AuditAction,
    secret::SecretText,
};
use dashtam_testkit::{
    builders::at,
    fakes::{Recorder, ScriptedProvider},
};
use serde_json::json;

use super::{pending, redeems, shows, state, updates, world};
use crate::{
    sync::{credentials, sealed},
    world::{Unit, World},
};

/// What linking again wrote.
struct Relinked {
    before: (Connection, SealedCredentials),
    credentials: SealedCredentials,
    connection: Connection,
    details: serde_json::Value,
    action: AuditAction,
}

/// Links an expired instance again; the institution hands out these credentials.
async fn relink(fresh: Credentials) -> Relinked {
    let (mut world, bank, mut connection): (World, Arc<ScriptedProvider>, Connection) = world();
    connection.linked(at(1));
    connection.expired("the grant ran out", at(2));
    let previous = SealedCredentials {
        refresh_count: 3,
        last_refreshed_at: Some(at(2)),
        revision: 4,
        created_at: at(1),
        grant_expires_at: Some(at(2)),
        ..sealed(&connection, "old-access", Some("old-refresh"))
    };
    world.unit(|unit| redeems(unit, Some(pending(&connection))));
    shows(&mut world, &connection);
    let (stored, mut written, mut lines) = (Recorder::new(), Recorder::new(), Recorder::new());
    let (seen, found) = (stored.clone(), previous.clone());
    let unit: Unit = world.unit(|unit| {
        unit.credentials.expect_find().times(1).return_once(|_| Ok(Some(found)));
        unit.credentials.expect_put().times(1).returning(move |credentials| {
            seen.push(credentials.clone());
            Ok(())
        });
        written = updates(unit, &connection);
        lines = unit.records_audit();
    });
    bank.will_exchange(Ok(fresh));
    let request = CompleteAuthorization {
        state: Some(SecretText::new(state().expose())),
        code: Some(SecretText::new("the-code")),
        ..CompleteAuthorization::default()
    };
    let call = world.anonymous();
    world.build().authorization().complete(&call, request).await.unwrap();
    assert!(unit.is_committed());
    let line = lines.only();
    Relinked {
        before: (connection, previous),
        credentials: stored.only(),
        connection: written.only(),
        details: line.details,
        action: line.action,
    }
}

#[tokio::test]
async fn an_expired_instance_works_again_and_keeps_the_day_it_was_first_linked() {
    let after = relink(credentials("new-access", Some("new-refresh"))).await;
    assert_eq!(after.action, AuditAction::TokenUpdated);
    assert_eq!(after.connection.state, ConnectionState::Active);
    assert_eq!(after.connection.connected_at, Some(at(1)));
    assert_eq!((after.connection.error_count, after.connection.error_message), (0, None));

    let (connection, previous) = after.before;
    let expected = sealed(&connection, "new-access", Some("new-refresh"));
    assert_eq!(after.credentials.access_token, expected.access_token);
    assert_eq!(after.credentials.refresh_token, expected.refresh_token);
    assert_eq!(after.credentials.created_at, previous.created_at);
    assert_eq!(after.credentials.updated_at, at(1_000));
    assert_eq!(after.credentials.revision, previous.revision, "an update, not a second row");
}

#[tokio::test]
async fn what_the_institution_leaves_out_stays_as_it_was() {
    let fresh = Credentials { scope: None, expires_at: None, ..credentials("new-access", None) };
    let after = relink(fresh).await;
    let (_, previous) = after.before;
    assert_eq!(after.credentials.refresh_token, previous.refresh_token);
    assert_eq!(after.credentials.scope, previous.scope);
    assert_eq!(after.credentials.expires_at, None, "the new access token's own");
    assert_eq!(after.credentials.grant_expires_at, None, "the new grant's own");
    assert_eq!(after.details["has_refresh_token"], json!(true));
    assert_eq!(after.details["expires_in"], json!(null));
}
