//! Refreshing an instance's credentials because the user asks for it.

use std::sync::Arc;

use dashtam_application::authorization::{AuthorizationError, RefreshCredentials, Refreshed};
use dashtam_domain::{
    connections::{Connection, ConnectionState, ProviderError, SealedCredentials},
    identity::AuditAction::{TokenRefreshFailed, TokenRefreshed},
};
use dashtam_testkit::{
    builders::{self, at},
    fakes::{ProviderCall, ScriptedProvider},
};

use super::{shows, world};
use crate::{
    keeping::{claims_refresh, notes_failed_refresh, stores_refreshed},
    sync::{credentials, sealed},
    world::{World, assert_line, assert_refused},
};

/// A linked instance of the caller with these credentials.
fn linked(
    prepare: impl FnOnce(SealedCredentials) -> SealedCredentials,
) -> (World, Arc<ScriptedProvider>, Connection, SealedCredentials) {
    let (mut world, bank, mut connection) = world();
    connection.linked(at(1));
    let stored = prepare(sealed(&connection, "old-access", Some("old-refresh")));
    let (owner, id, found) = (connection.owner, connection.id, stored.clone());
    world
        .queries
        .connections
        .expect_credentials()
        .withf(move |asked, which| (*asked, *which) == (owner, id))
        .times(1)
        .return_once(|_, _| Ok(Some(found)));
    (world, bank, connection, stored)
}

async fn refresh(world: &mut World, connection: &Connection) -> Result<Refreshed, AuthorizationError> {
    let call = world.call();
    let request = RefreshCredentials { connection: connection.id };
    world.build().authorization().refresh(&call, request).await
}

#[tokio::test]
async fn credentials_that_would_last_are_refreshed_too_and_failures_are_forgiven() {
    let (mut world, bank, mut connection, stored) = linked(|stored| stored);
    for _ in 0..3 {
        connection.sync_failed("no answer", at(2));
    }
    shows(&mut world, &connection);
    let claimed = claims_refresh(&mut world, &stored, true);
    let kept = stores_refreshed(&mut world, Some(connection.clone()));
    bank.will_refresh(Ok(credentials("new-access", Some("new-refresh"))));
    assert_eq!(refresh(&mut world, &connection).await.unwrap(), Refreshed::Now);

    assert!(claimed.is_committed() && kept.unit.is_committed());
    let next = kept.credentials.only();
    assert_eq!(next.access_token, sealed(&connection, "new-access", None).access_token);
    assert_eq!((next.refresh_count, next.last_refreshed_at), (1, Some(world.now)));
    let forgiven = kept.connection.only();
    assert_eq!((forgiven.state, forgiven.error_count), (ConnectionState::Active, 0));
    let call = world.call();
    assert_line(&kept.lines.only(), &call, TokenRefreshed, world.owner);
    let asked = ProviderCall::Refresh { refresh_token: Some("old-refresh".to_owned()) };
    assert_eq!(bank.calls(), [asked]);
}

#[tokio::test]
async fn a_refresh_of_less_than_ten_seconds_ago_is_the_answer() {
    let refreshed_at =
        |second| move |stored| SealedCredentials { last_refreshed_at: Some(at(second)), ..stored };
    let (mut world, bank, connection, _) = linked(refreshed_at(991));
    shows(&mut world, &connection);
    assert_eq!(refresh(&mut world, &connection).await.unwrap(), Refreshed::NotNeeded);
    assert!(bank.calls().is_empty());

    let (mut world, bank, connection, stored) = linked(refreshed_at(990));
    shows(&mut world, &connection);
    claims_refresh(&mut world, &stored, true);
    stores_refreshed(&mut world, Some(connection.clone()));
    bank.will_refresh(Ok(credentials("new-access", None)));
    refresh(&mut world, &connection).await.unwrap();
    assert_eq!(bank.calls().len(), 1);
}

#[tokio::test]
async fn a_failed_refresh_is_told_and_remembered() {
    for (error, state) in [
        (ProviderError::Unavailable, ConnectionState::Active),
        (ProviderError::NeedsReauthorization, ConnectionState::Expired),
    ] {
        let (mut world, bank, connection, stored) = linked(|stored| stored);
        shows(&mut world, &connection);
        claims_refresh(&mut world, &stored, true);
        let noted = notes_failed_refresh(&mut world, Some(connection.clone()));
        bank.will_refresh(Err(error.clone()));
        let result = refresh(&mut world, &connection).await;
        let Err(AuthorizationError::Refresh(told)) = result else { panic!("it was refreshed: {result:?}") };
        assert_eq!(told, error);
        assert!(noted.unit.is_committed());
        let counted = noted.connection.only();
        assert_eq!((counted.state, counted.error_count), (state, 1));
        let call = world.call();
        assert_line(&noted.lines.only(), &call, TokenRefreshFailed, world.owner);
    }
}

#[tokio::test]
async fn without_a_refresh_token_there_is_nothing_to_ask_for() {
    let (mut world, bank, connection, _) = linked(|s| SealedCredentials { refresh_token: None, ..s });
    shows(&mut world, &connection);
    assert_eq!(refresh(&mut world, &connection).await.unwrap(), Refreshed::NotRefreshable);
    assert!(bank.calls().is_empty());

    let ended = |s| SealedCredentials { refresh_token: None, expires_at: Some(at(1_000)), ..s };
    let (mut world, bank, connection, _) = linked(ended);
    shows(&mut world, &connection);
    let result = refresh(&mut world, &connection).await;
    assert_refused!(result, AuthorizationError::Refresh(ProviderError::NeedsReauthorization));
    assert!(bank.calls().is_empty());
}

#[tokio::test]
async fn an_instance_that_is_not_linked_has_nothing_to_refresh() {
    for state in [ConnectionState::Pending, ConnectionState::Revoked] {
        let (mut world, bank, mut connection) = world();
        connection.state = state;
        shows(&mut world, &connection);
        assert_refused!(refresh(&mut world, &connection).await, AuthorizationError::NotConnected);
        assert!(bank.calls().is_empty());
    }
}

#[tokio::test]
async fn an_instance_that_is_not_there_or_whose_provider_is_not_available_is_not_refreshed() {
    let (mut world, _, connection) = world();
    world.queries.connections.expect_connection().return_once(|_, _| Ok(None));
    assert_refused!(refresh(&mut world, &connection).await, AuthorizationError::NotFound);

    let mut connection = builders::connection(world.owner, "Mine");
    connection.linked(at(1));
    connection.provider = "closed-bank".parse().unwrap();
    shows(&mut world, &connection);
    assert_refused!(refresh(&mut world, &connection).await, AuthorizationError::ProviderUnavailable);
}
