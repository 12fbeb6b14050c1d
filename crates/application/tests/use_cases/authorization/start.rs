//! Beginning an authorization.

use std::sync::Arc;

use chrono::TimeDelta;
use dashtam_application::{
    authorization::{AuthorizationError, StartAuthorization},
    errors::CommonError,
};
use dashtam_domain::{
    connections::{Provider, ProviderError},
    identity::{AuditAction, FieldCipher},
    secret::{OpaqueSecret, SecretHash, SecretKind},
};
use dashtam_testkit::{
    builders,
    fakes::{CountingRandomness, Recorder, ScriptedProvider, XorCipher},
    mocks::MockProvider,
};
use serde_json::json;

use super::{shows, verifier_place, world};
use crate::world::{World, assert_line, assert_refused, broken};

#[tokio::test]
async fn the_browser_is_sent_away_with_a_state_of_which_only_the_hash_is_stored() {
    let (mut world, bank, connection) = world();
    shows(&mut world, &connection);
    let (stored, mut lines) = (Recorder::new(), Recorder::new());
    let seen = stored.clone();
    let unit = world.unit(|unit| {
        unit.authorizations.expect_replace().times(1).returning(move |pending| {
            seen.push(pending.clone());
            Ok(())
        });
        lines = unit.records_audit();
    });
    let call = world.call();
    let request = StartAuthorization { connection: connection.id };
    let started = world.build().authorization().start(&call, request).await.unwrap();

    assert!(unit.is_committed());
    let state = OpaqueSecret::from_bytes(SecretKind::AuthorizationState, &CountingRandomness::nth(1));
    let verifier = OpaqueSecret::from_bytes(SecretKind::PkceVerifier, &CountingRandomness::nth(2));
    assert_eq!(started.state.expose(), state.expose());
    let sent: Vec<(String, String)> = started.url.query_pairs().into_owned().collect();
    let challenge = SecretHash::of(verifier.expose()).to_hex();
    let expected =
        [("state".to_owned(), state.expose().to_owned()), ("code_challenge".to_owned(), challenge)];
    assert_eq!(sent, expected);

    let pending = stored.only();
    assert_eq!((pending.owner, pending.connection), (world.owner, connection.id));
    assert_eq!(pending.state, state.hash());
    assert_eq!(pending.created_at, world.now);
    assert_eq!(pending.expires_at, world.now.plus(TimeDelta::minutes(10)));
    let opened = XorCipher.open(&pending.verifier, verifier_place(&pending)).unwrap();
    assert_eq!(opened.expose(), verifier.expose());

    let line = lines.only();
    assert_line(&line, &call, AuditAction::ConnectionInitiated, world.owner);
    assert_eq!(line.connection, Some(connection.id));
    assert_eq!(line.details, json!({"provider_key": "sandbox", "alias": "Mine"}));
    assert!(bank.calls().is_empty(), "nothing is asked yet");
}

#[tokio::test]
async fn an_instance_that_is_not_there_or_somebody_elses_begins_nothing() {
    let (mut world, _, connection) = world();
    world.queries.connections.expect_connection().return_once(|_, _| Ok(None));
    let call = world.call();
    let request = StartAuthorization { connection: connection.id };
    let result = world.build().authorization().start(&call, request).await;
    assert_refused!(result, AuthorizationError::NotFound);
    assert_eq!(world.randomness.count(), 0);
}

#[tokio::test]
async fn a_provider_that_left_the_catalogue_or_is_not_set_up_begins_nothing() {
    let open = World::new().open;
    let broker = || ScriptedProvider::new("broker", &open).not_configured("set BROKER_CLIENT_ID");
    let catalogues: [Option<Arc<dyn Provider>>; 2] = [None, Some(Arc::new(broker()))];
    for provider in catalogues {
        let mut world = World::new();
        if let Some(provider) = provider {
            world.provider(provider);
        }
        let mut connection = builders::connection(world.owner, "Mine");
        connection.provider = "broker".parse().unwrap();
        shows(&mut world, &connection);
        let call = world.call();
        let request = StartAuthorization { connection: connection.id };
        let result = world.build().authorization().start(&call, request).await;
        assert_refused!(result, AuthorizationError::ProviderUnavailable);
    }
}

#[tokio::test]
async fn an_address_that_cannot_be_made_stores_nothing() {
    let (mut world, bank, mut connection) = world();
    connection.provider = "other".parse().unwrap();
    let mut descriptor = bank.descriptor().clone();
    descriptor.key = connection.provider.clone();
    let mut other = MockProvider::new(descriptor);
    other.link.expect_authorization_url().times(1).returning(|_, _| Err(ProviderError::Unavailable));
    world.provider(Arc::new(other));
    shows(&mut world, &connection);
    let call = world.call();
    let request = StartAuthorization { connection: connection.id };
    let result = world.build().authorization().start(&call, request).await;
    assert_refused!(result, AuthorizationError::Begin(ProviderError::Unavailable));
}

#[tokio::test]
async fn an_authorization_without_its_line_in_the_trail_is_not_begun() {
    let (mut world, _, connection) = world();
    shows(&mut world, &connection);
    let unit = world.unit(|unit| {
        unit.authorizations.expect_replace().returning(|_| Ok(()));
        unit.audit.expect_append().returning(|_| Err(broken()));
    });
    let call = world.call();
    let request = StartAuthorization { connection: connection.id };
    let result = world.build().authorization().start(&call, request).await;
    assert_refused!(result, AuthorizationError::Common(CommonError::Store(_)));
    assert!(!unit.is_committed());
}
