//! Whether an instance is linked.

use dashtam_application::authorization::{
    AuthorizationError, AuthorizationStatus, GetAuthorizationStatus, GetTokenInfo, TokenInfo,
};
use dashtam_domain::connections::{Connection, SealedCredentials};
use dashtam_testkit::builders::at;

use super::{shows, world};
use crate::{
    sync::sealed,
    world::{World, assert_refused},
};

/// The look-up of an instance that has no tokens.
fn shows_again(world: &mut World, connection: &Connection, again: bool) {
    if again {
        shows(world, connection);
    }
}

#[tokio::test]
async fn the_link_is_shown_or_as_missing() {
    for linked in [true, false] {
        let (mut world, bank, connection) = world();
        shows(&mut world, &connection);
        let (owner, id) = (world.owner, connection.id);
        let stored = SealedCredentials {
            refresh_count: 2,
            last_refreshed_at: Some(at(900)),
            expires_at: Some(at(1_300)),
            grant_expires_at: Some(at(9_000)),
            ..sealed(&connection, "access", Some("refresh"))
        };
        let found = linked.then_some(stored);
        world
            .queries
            .connections
            .expect_credentials()
            .withf(move |asked, which| (*asked, *which) == (owner, id))
            .times(2)
            .returning(move |_, _| Ok(found.clone()));
        shows_again(&mut world, &connection, !linked);
        let call = world.call();
        let request = GetAuthorizationStatus { connection: id };
        let dashtam = world.build();
        let status = dashtam.authorization().status(&call, request).await.unwrap();
        let AuthorizationStatus { connection: shown, readable, tokens, grant_expires_at } = status;
        assert!(readable);
        assert_eq!((shown, grant_expires_at), (connection, linked.then_some(at(9_000))));
        let expected = TokenInfo {
            has_access_token: true,
            has_refresh_token: true,
            has_id_token: false,
            expires_at: Some(at(1_300)),
            is_expired: false,
            is_expiring_soon: true,
            needs_refresh: true,
            refresh_count: 2,
            last_refreshed_at: Some(at(900)),
            scope: Some("accounts transactions".to_owned()),
        };
        assert_eq!(tokens, linked.then(|| expected.clone()));
        let request = GetTokenInfo { connection: id };
        let info = dashtam.authorization().token_info(&call, request).await.unwrap();
        assert_eq!(info, linked.then_some(expected));
        assert!(bank.calls().is_empty());
    }
}

#[tokio::test]
async fn an_instance_that_is_not_there_or_somebody_elses_is_not_found() {
    let (mut world, _, connection) = world();
    world.queries.connections.expect_connection().return_once(|_, _| Ok(None));
    let call = world.call();
    let request = GetAuthorizationStatus { connection: connection.id };
    let result = world.build().authorization().status(&call, request).await;
    assert_refused!(result, AuthorizationError::NotFound);
}
