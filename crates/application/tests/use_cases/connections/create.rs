//! Making a provider instance.

use dashtam_application::{
    connections::{ConnectionError, CreateConnection},
    errors::CommonError,
};
use dashtam_domain::{
    connections::{ConnectionOverview, ConnectionState},
    delivery::idempotency::Begun,
    identity::AuditAction,
    store::Admitted,
};
use dashtam_testkit::fakes::Recorder;
use serde_json::json;

use super::world;
use crate::world::{
    World, assert_line, assert_refused, begins, begins_and_finishes, broken, kept, kept_answer, once, unkept,
};

fn wanted(provider_key: &str) -> CreateConnection {
    CreateConnection { provider_key: provider_key.to_owned(), alias: " My bank ".parse().unwrap() }
}

#[tokio::test]
async fn a_new_instance_waits_to_be_linked_and_is_in_the_trail() {
    let (mut world, _) = world();
    let (inserted, mut lines) = (Recorder::new(), Recorder::new());
    let seen = inserted.clone();
    let unit = world.unit(|unit| {
        unit.connections.expect_insert_within_limit().times(1).returning(move |connection| {
            seen.push(connection.clone());
            Ok(Admitted::New)
        });
        lines = unit.records_audit();
    });
    let call = world.call();
    let made = world.build().connections().create(&call, wanted("sandbox"), unkept).await.unwrap();

    assert!(unit.is_committed());
    let connection = inserted.only();
    assert_eq!(
        made,
        ConnectionOverview { connection: connection.clone(), latest_run: None, grant_expires_at: None }
    );
    assert_eq!((connection.owner, connection.state), (world.owner, ConnectionState::Pending));
    assert_eq!((connection.provider.as_str(), connection.alias.as_str()), ("sandbox", "My bank"));
    assert_eq!((connection.created_at, connection.connected_at), (world.now, None));
    let line = lines.only();
    assert_line(&line, &call, AuditAction::ProviderCreated, world.owner);
    assert_eq!(line.connection, Some(connection.id));
    assert_eq!(line.details, json!({"provider_key": "sandbox", "alias": "My bank"}));
}

#[tokio::test]
async fn a_second_instance_of_the_same_name_is_refused_and_leaves_no_line() {
    let (mut world, _) = world();
    let unit = world.unit(|unit| {
        unit.connections.expect_insert_within_limit().times(1).returning(|_| Ok(Admitted::Exists));
    });
    let call = world.call();
    let result = world.build().connections().create(&call, wanted("sandbox"), unkept).await;
    assert_refused!(result, ConnectionError::AliasTaken);
    assert!(!unit.is_committed());
}

#[tokio::test]
async fn an_unknown_provider_is_refused_with_the_keys_there_are() {
    for key in ["bank-of-nowhere", "", "Sandbox", "not a key!"] {
        let (mut world, _) = world();
        let call = world.call();
        let result = world.build().connections().create(&call, wanted(key), unkept).await;
        let Err(ConnectionError::ProviderUnknown { available }) = result else {
            panic!("{key} was taken: {result:?}");
        };
        assert_eq!(available, "sandbox, broker");
    }
}

#[tokio::test]
async fn a_provider_that_is_not_set_up_is_refused_with_what_is_missing() {
    let (mut world, _) = world();
    let call = world.call();
    let result = world.build().connections().create(&call, wanted("broker"), unkept).await;
    let Err(ConnectionError::ProviderNotConfigured { missing }) = result else {
        panic!("it was taken: {result:?}");
    };
    assert_eq!(missing, "set BROKER_CLIENT_ID");
}

fn shown(made: &ConnectionOverview) -> String {
    format!("made {}", made.connection.alias.as_str())
}

#[tokio::test]
async fn the_answer_is_kept_in_the_unit_that_makes_the_instance() {
    let (mut world, _) = world();
    let (scope, mut answers) = (world.user_scope(), Recorder::new());
    let unit = world.unit(|unit| {
        answers = begins_and_finishes(unit, scope);
        unit.connections.expect_insert_within_limit().returning(|_| Ok(Admitted::New));
        unit.records_audit();
    });
    let call = once(world.call());
    world.build().connections().create(&call, wanted("sandbox"), |made| kept(shown(made))).await.unwrap();
    assert!(unit.is_committed());
    assert_eq!(answers.only().body, "made My bank");
}

/// Sends the request again with a key of which this is known.
async fn repeated(begun: Begun) -> Result<ConnectionOverview, ConnectionError> {
    let (mut world, _): (World, _) = world();
    let scope = world.user_scope();
    let unit = world.unit(|unit| begins(unit, scope, begun));
    let call = once(world.call());
    let result = world.build().connections().create(&call, wanted("sandbox"), |made| kept(shown(made))).await;
    assert!(!unit.is_committed());
    result
}

#[tokio::test]
async fn a_repeated_request_makes_nothing_and_gets_the_kept_answer() {
    let Err(ConnectionError::Common(CommonError::Replay(answer))) =
        repeated(Begun::Replay(kept_answer())).await
    else {
        panic!("expected a replay");
    };
    assert_eq!(answer, kept_answer());
    let other = repeated(Begun::Mismatch).await;
    assert_refused!(other, ConnectionError::Common(CommonError::KeyReused));
}

#[tokio::test]
async fn no_answer_is_kept_for_a_refusal() {
    let (mut world, _) = world();
    let scope = world.user_scope();
    let unit = world.unit(|unit| {
        begins(unit, scope, Begun::Fresh);
        unit.connections.expect_insert_within_limit().returning(|_| Ok(Admitted::Exists));
    });
    let call = once(world.call());
    let result = world.build().connections().create(&call, wanted("sandbox"), |made| kept(shown(made))).await;
    assert_refused!(result, ConnectionError::AliasTaken);
    assert!(!unit.is_committed(), "the key stays free for another alias");
}

#[tokio::test]
async fn an_instance_without_its_line_in_the_trail_is_not_made() {
    let (mut world, _) = world();
    let unit = world.unit(|unit| {
        unit.connections.expect_insert_within_limit().returning(|_| Ok(Admitted::New));
        unit.audit.expect_append().returning(|_| Err(broken()));
    });
    let call = world.call();
    let result = world.build().connections().create(&call, wanted("sandbox"), unkept).await;
    assert_refused!(result, ConnectionError::Common(CommonError::Store(_)));
    assert!(!unit.is_committed());
}

#[tokio::test]
async fn one_instance_more_than_the_account_may_have_is_refused_and_leaves_no_line() {
    let (mut world, _) = world();
    let unit = world.unit(|unit| {
        unit.connections.expect_insert_within_limit().times(1).returning(|_| Ok(Admitted::Full));
    });
    let call = world.call();
    let refused = world.build().connections().create(&call, wanted("sandbox"), unkept).await;
    assert_refused!(refused, ConnectionError::LimitReached);
    assert!(!unit.is_committed());
}
