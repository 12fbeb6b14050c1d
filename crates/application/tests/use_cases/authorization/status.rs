//! Whether an instance is linked.

use dashtam_application::authorization::{AuthorizationError, GetAuthorizationStatus};
use dashtam_testkit::builders;

use super::{shows, world};
use crate::world::assert_refused;

#[tokio::test]
async fn the_link_is_shown_sealed_or_as_missing() {
    for linked in [true, false] {
        let (mut world, bank, connection) = world();
        shows(&mut world, &connection);
        let (owner, id) = (world.owner, connection.id);
        let stored = linked.then(|| builders::credentials(&connection));
        let found = stored.clone();
        world
            .queries
            .connections
            .expect_credentials()
            .withf(move |asked, which| (*asked, *which) == (owner, id))
            .times(1)
            .return_once(|_, _| Ok(found));
        let call = world.call();
        let request = GetAuthorizationStatus { connection: id };
        // The stored text is no ciphertext of the fake's: opening it would fail.
        let status = world.build().authorization().status(&call, request).await.unwrap();
        assert_eq!((status.connection, status.credentials), (connection, stored));
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
