//! Exchanging the code for credentials.

use std::sync::Arc;

use dashtam_application::{
    authorization::{AuthorizationError, CompleteAuthorization, Linked},
    errors::CommonError,
};
use dashtam_domain::{
    access::AccessDenied,
    connections::{Connection, ConnectionState, PendingAuthorization, ProviderError},
    identity::{AccountFlags, AuditAction, FieldCipher, User},
    sealed::SealedField,
    secret::SecretText,
    store::{Inserted, StoreError},
};
use dashtam_testkit::{
    builders,
    fakes::{ProviderCall, Recorder, ScriptedProvider, XorCipher},
};
use serde_json::json;

use super::{pending, redeems, shows, state, updates, world};
use crate::{
    sync::credentials,
    world::{Unit, World, assert_line, assert_refused},
};

fn callback(connection: &Connection) -> CompleteAuthorization {
    CompleteAuthorization {
        connection: Some(connection.id),
        state: Some(SecretText::new(state().expose())),
        code: Some(SecretText::new("the-code")),
        refused: false,
    }
}

/// An authorization under way whose state is about to be used up.
fn called_back() -> (World, Arc<ScriptedProvider>, Connection, Unit) {
    let (mut world, bank, connection) = world();
    let redeemed = world.unit(|unit| redeems(unit, Some(pending(&connection))));
    let owner = User { id: world.owner, ..builders::user() };
    world.queries.users.expect_user().return_once(|_| Ok(Some(owner)));
    (world, bank, connection, redeemed)
}

#[tokio::test]
async fn who_was_kept_from_it_since_links_nothing() {
    let flags = AccountFlags::default();
    for (change, expected) in [
        (User { is_active: false, ..builders::user() }, AccessDenied::Forbidden),
        (User { expires_at: Some(builders::at(999)), ..builders::user() }, AccessDenied::Forbidden),
        (
            User { flags: AccountFlags { read_only: true, ..flags }, ..builders::user() },
            AccessDenied::ReadOnly,
        ),
        (
            User { flags: AccountFlags { device_read_only: true, ..flags }, ..builders::user() },
            AccessDenied::ConnectionsReadOnly,
        ),
    ] {
        let (mut world, bank, connection) = world();
        world.unit(|unit| redeems(unit, Some(pending(&connection))));
        world.queries.users.expect_user().times(1).return_once(|_| Ok(Some(change)));
        let refused = complete(&mut world, &connection).await;
        assert_refused!(refused, AuthorizationError::Common(CommonError::Denied(denied)) if denied == expected);
        assert!(bank.calls().is_empty());
    }
}

async fn complete(world: &mut World, connection: &Connection) -> Result<Linked, AuthorizationError> {
    let call = world.anonymous();
    world.build().authorization().complete(&call, callback(connection)).await
}

#[tokio::test]
async fn the_code_becomes_sealed_credentials_of_an_active_instance() {
    let (mut world, bank, connection, redeemed) = called_back();
    shows(&mut world, &connection);
    let (stored, mut written, mut lines) = (Recorder::new(), Recorder::new(), Recorder::new());
    let seen = stored.clone();
    let linked_unit = world.unit(|unit| {
        unit.credentials.expect_find().times(1).returning(|_| Ok(None));
        unit.credentials.expect_put().times(1).returning(move |credentials| {
            seen.push(credentials.clone());
            Ok(())
        });
        written = updates(unit, &connection);
        lines = unit.records_audit();
    });
    bank.will_exchange(Ok(credentials("fresh-access", Some("fresh-refresh"))));
    let linked = complete(&mut world, &connection).await.unwrap();

    assert!(redeemed.is_committed() && linked_unit.is_committed());
    let exchange = ProviderCall::Exchange { code: "the-code".into(), verifier: "the-verifier".into() };
    assert_eq!(bank.calls(), [exchange]);

    let sealed = stored.only();
    let open = |value, field: SealedField| {
        XorCipher.open(value, field.at(connection.id.0)).unwrap().expose().to_owned()
    };
    assert_eq!(open(&sealed.access_token, SealedField::AccessToken), "fresh-access");
    assert_eq!(open(sealed.refresh_token.as_ref().unwrap(), SealedField::RefreshToken), "fresh-refresh");
    assert_eq!((sealed.connection, sealed.owner), (connection.id, world.owner));
    assert_eq!((sealed.expires_at, sealed.scope.as_deref()), (Some(builders::at(10_000)), Some("accounts")));
    assert_eq!((sealed.refresh_count, sealed.last_refreshed_at), (0, None));

    let active = written.only();
    assert_eq!((active.state, active.connected_at), (ConnectionState::Active, Some(world.now)));

    let line = lines.only();
    let call = world.anonymous();
    assert_line(&line, &call, AuditAction::TokenCreated, world.owner);
    assert_eq!(line.connection, Some(connection.id));
    let details = json!({
        "provider_key": "sandbox", "alias": "Mine", "has_refresh_token": true, "expires_in": 9_000,
        "scope": "accounts",
    });
    assert_eq!(line.details, details);

    assert_eq!((linked.connection, linked.alias.as_str()), (connection.id, "Mine"));
    assert_eq!((linked.expires_at, linked.scope.as_deref()), (sealed.expires_at, Some("accounts")));
}

#[tokio::test]
async fn an_exchange_that_fails_is_remembered_and_the_state_is_spent() {
    let (mut world, bank, mut connection, redeemed) = called_back();
    connection.linked(builders::at(1));
    shows(&mut world, &connection);
    let mut lines = Recorder::new();
    // Neither credentials nor the instance are expected to be touched: a working link stays as it is.
    let noted = world.unit(|unit| lines = unit.records_audit());
    let error = ProviderError::Rejected { code: "invalid_grant".to_owned() };
    bank.will_exchange(Err(error.clone()));
    let result = complete(&mut world, &connection).await;

    let Err(AuthorizationError::Exchange(told)) = result else { panic!("it was linked: {result:?}") };
    assert_eq!(told, error);
    assert!(redeemed.is_committed() && noted.is_committed());
    let (line, call) = (lines.only(), world.anonymous());
    assert_line(&line, &call, AuditAction::ConnectionError, world.owner);
    assert_eq!(line.connection, Some(connection.id));
    assert_eq!(line.details["error"], json!(error.to_string()));
}

#[tokio::test]
async fn an_instance_removed_before_or_during_the_exchange_is_not_found() {
    let (mut world, bank, connection, redeemed) = called_back();
    world.queries.connections.expect_connection().return_once(|_, _| Ok(None));
    assert_refused!(complete(&mut world, &connection).await, AuthorizationError::NotFound);
    assert!(redeemed.is_committed());
    assert!(bank.calls().is_empty());

    let (mut world, bank, connection, _) = called_back();
    shows(&mut world, &connection);
    let linked = world.unit(|unit| {
        unit.connections.expect_find().times(1).return_once(|_, _| Ok(None));
    });
    bank.will_exchange(Ok(credentials("fresh-access", None)));
    assert_refused!(complete(&mut world, &connection).await, AuthorizationError::NotFound);
    assert!(!linked.is_committed());
}

#[tokio::test]
async fn a_provider_that_left_the_catalogue_meanwhile_is_not_asked() {
    let (mut world, bank, mut connection, redeemed) = called_back();
    connection.provider = "closed-bank".parse().unwrap();
    shows(&mut world, &connection);
    let result = complete(&mut world, &connection).await;
    assert_refused!(result, AuthorizationError::ProviderUnavailable);
    assert!(redeemed.is_committed());
    assert!(bank.calls().is_empty());
}

#[tokio::test]
async fn a_verifier_moved_from_another_row_does_not_open() {
    let (mut world, bank, connection) = world();
    let moved = PendingAuthorization { verifier: pending(&connection).verifier, ..pending(&connection) };
    world.unit(|unit| redeems(unit, Some(moved)));
    shows(&mut world, &connection);
    let result = complete(&mut world, &connection).await;
    assert_refused!(result, AuthorizationError::InvalidState);
    assert!(bank.calls().is_empty());
}

#[tokio::test]
async fn an_instance_changed_meanwhile_by_somebody_else_is_not_linked() {
    for outcome in [Err(StoreError::Stale), Ok(Inserted::Exists)] {
        let (mut world, bank, connection, _) = called_back();
        shows(&mut world, &connection);
        let found = connection.clone();
        let linked = world.unit(|unit| {
            unit.connections.expect_find().return_once(|_, _| Ok(Some(found)));
            unit.credentials.expect_find().returning(|_| Ok(None));
            unit.credentials.expect_put().returning(|_| Ok(()));
            unit.connections.expect_update().times(1).return_once(|_| outcome);
        });
        bank.will_exchange(Ok(credentials("fresh-access", None)));
        assert!(complete(&mut world, &connection).await.is_err());
        assert!(!linked.is_committed());
    }
}
