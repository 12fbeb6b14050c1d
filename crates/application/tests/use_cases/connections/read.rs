//! Looking at the catalogue and at the caller's instances.

use dashtam_application::connections::{ConnectionError, GetConnection, ListConnections};
use dashtam_domain::{
    connections::{ConnectionOverview, ProviderDescriptor},
    id::ConnectionId,
    page::{Limit, Page},
};
use dashtam_testkit::builders;

use super::world;
use crate::world::assert_refused;

fn keys(descriptors: &[ProviderDescriptor]) -> Vec<&str> {
    descriptors.iter().map(|descriptor| descriptor.key.as_str()).collect()
}

#[tokio::test]
async fn the_catalogue_shows_every_provider_and_tells_which_are_set_up() {
    let (mut world, _) = world();
    let dashtam = world.build();
    assert_eq!(keys(&dashtam.connections().available()), ["sandbox", "broker"]);
    assert_eq!(keys(&dashtam.connections().configured()), ["sandbox"]);
}

#[tokio::test]
async fn an_instance_is_looked_up_among_the_callers_own() {
    let (mut world, _) = world();
    let connection = builders::connection(world.owner, "Mine");
    let (owner, id) = (world.owner, connection.id);
    let overview = ConnectionOverview {
        latest_run: Some(builders::sync_run(&connection, 1)),
        connection,
        grant_expires_at: Some(builders::at(9)),
    };
    let found = overview.clone();
    world
        .queries
        .connections
        .expect_connection()
        .withf(move |asked, which| (*asked, *which) == (owner, id))
        .times(1)
        .return_once(|_, _| Ok(Some(found)));
    let call = world.call();
    let shown = world.build().connections().get(&call, GetConnection { connection: id }).await.unwrap();
    assert_eq!(shown, overview);
}

#[tokio::test]
async fn an_instance_that_is_not_there_or_somebody_elses_is_not_found() {
    let (mut world, _) = world();
    world.queries.connections.expect_connection().return_once(|_, _| Ok(None));
    let call = world.call();
    let request = GetConnection { connection: ConnectionId(builders::id()) };
    let result = world.build().connections().get(&call, request).await;
    assert_refused!(result, ConnectionError::NotFound);
}

#[tokio::test]
async fn the_list_is_the_callers_page() {
    let (mut world, _) = world();
    let (owner, after) = (world.owner, ConnectionId(builders::id()));
    let limit = Limit::new(7).unwrap();
    let connection = builders::connection(owner, "Mine");
    let page = Page {
        next: Some(connection.id),
        items: vec![ConnectionOverview { connection, latest_run: None, grant_expires_at: None }],
    };
    let found = page.clone();
    world
        .queries
        .connections
        .expect_connections()
        .withf(move |asked, from, count| (*asked, *from, *count) == (owner, Some(after), limit))
        .times(1)
        .return_once(|_, _, _| Ok(found));
    let call = world.call();
    let request = ListConnections { after: Some(after), limit };
    assert_eq!(world.build().connections().list(&call, request).await.unwrap(), page);
}
