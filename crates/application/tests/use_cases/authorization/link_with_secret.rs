//! Linking by a secret the user pastes.

use std::sync::Arc;

use dashtam_application::authorization::{AuthorizationError, LinkWithSecret, Linked, StartAuthorization};
use dashtam_domain::{
    connections::{Connection, ConnectionState, Credentials, Provider, ProviderError, SecretField},
    fault::Fault,
    identity::AuditAction,
    secret::SecretText,
};
use dashtam_testkit::{
    builders,
    fakes::Recorder,
    mocks::{MockProvider, MockSecretLink},
};

use super::{shows, updates, world};
use crate::{
    sync::credentials,
    world::{World, assert_line, assert_refused},
};

const FIELDS: &[SecretField] =
    &[SecretField { name: "key", label: "Key" }, SecretField { name: "secret", label: "Secret" }];

/// An instance of a bank that is linked by a key and a secret, and answers this when it is shown them.
fn keyed_bank(answer: Option<Result<Credentials, ProviderError>>) -> (World, Connection) {
    let (mut world, oauth_bank, _) = world();
    let mut descriptor = oauth_bank.descriptor().clone();
    descriptor.key = "keyed".parse().unwrap();
    let mut link = MockSecretLink::new();
    link.expect_fields().return_const(FIELDS);
    link.expect_explain().returning(|error| {
        (*error == ProviderError::NeedsReauthorization).then_some("The bank did not accept the key.")
    });
    if let Some(answer) = answer {
        let open = world.open.clone();
        link.expect_claim()
            .withf(|secrets, _| secrets.iter().map(SecretText::expose).eq(["the-key", "the-secret"]))
            .times(1)
            .return_once(move |_, _| {
                open.assert_none("a question to an institution");
                answer
            });
    }
    let mut bank = MockProvider::new(descriptor);
    bank.secret = Some(link);
    world.provider(Arc::new(bank));
    let mut connection = builders::connection(world.owner, "Mine");
    connection.provider = "keyed".parse().unwrap();
    (world, connection)
}

async fn link(
    world: &mut World,
    connection: &Connection,
    secrets: &[(&str, &str)],
) -> Result<Linked, AuthorizationError> {
    let secrets = secrets.iter().map(|(name, value)| ((*name).to_owned(), SecretText::new(*value))).collect();
    let call = world.call();
    let request = LinkWithSecret { connection: connection.id, secrets };
    world.build().authorization().link_with_secret(&call, request).await
}

const PASTED: &[(&str, &str)] = &[("secret", " the-secret\n"), ("key", "the-key")];

#[tokio::test]
async fn pasted_secrets_are_trimmed_proved_in_order_and_become_sealed_credentials() {
    let (mut world, connection) = keyed_bank(Some(Ok(credentials("granted", None))));
    shows(&mut world, &connection);
    let (mut written, mut lines) = (Recorder::new(), Recorder::new());
    let stored = Recorder::new();
    let seen = stored.clone();
    let unit = world.unit(|unit| {
        written = updates(unit, &connection);
        unit.credentials.expect_find().times(1).returning(|_| Ok(None));
        unit.credentials.expect_put().times(1).returning(move |credentials| {
            seen.push(credentials.access_token.clone());
            Ok(())
        });
        lines = unit.records_audit();
    });
    let linked = link(&mut world, &connection, PASTED).await.unwrap();
    assert!(unit.is_committed());
    assert_eq!(linked.connection, connection.id);
    assert_eq!(stored.only(), crate::sync::sealed(&connection, "granted", None).access_token);
    assert_eq!(written.only().state, ConnectionState::Active);
    let call = world.call();
    assert_line(&lines.only(), &call, AuditAction::TokenCreated, world.owner);
}

#[tokio::test]
async fn missing_and_blank_fields_are_named_and_the_institution_is_not_asked() {
    let (mut world, connection) = keyed_bank(None);
    shows(&mut world, &connection);
    let result = link(&mut world, &connection, &[("secret", " \t")]).await;
    let Err(error @ AuthorizationError::WrongSecrets(_)) = result else {
        panic!("it was linked: {result:?}")
    };
    let fields: Vec<_> = error.fields().into_iter().map(|field| (field.field, field.code)).collect();
    assert_eq!(fields, [("key".to_owned(), "missing"), ("secret".to_owned(), "missing")]);
}

#[tokio::test]
async fn fields_that_the_provider_does_not_have_are_named() {
    let (mut world, connection) = keyed_bank(None);
    shows(&mut world, &connection);
    let result = link(&mut world, &connection, &[("secret", "a"), ("key", "b"), ("kye", "b")]).await;
    let Err(error @ AuthorizationError::WrongSecrets(_)) = result else {
        panic!("it was linked: {result:?}")
    };
    let fields: Vec<_> = error.fields().into_iter().map(|field| (field.field, field.code)).collect();
    assert_eq!(fields, [("kye".to_owned(), "unknown")]);
}

#[tokio::test]
async fn a_secret_that_is_not_accepted_is_remembered_and_links_nothing() {
    let (mut world, connection) = keyed_bank(Some(Err(ProviderError::NeedsReauthorization)));
    shows(&mut world, &connection);
    let mut lines = Recorder::new();
    let unit = world.unit(|unit| lines = unit.records_audit());
    let result = link(&mut world, &connection, PASTED).await;
    let error = result.unwrap_err();
    assert!(
        matches!(&error, AuthorizationError::Claim { error: ProviderError::NeedsReauthorization, .. }),
        "{error:?}"
    );
    assert_eq!(
        error.to_string(),
        "The bank did not accept the key.",
        "there was no code, and no authorization"
    );
    assert!(unit.is_committed());
    let (call, line) = (world.call(), lines.only());
    assert_eq!(line.details["error"], "The bank did not accept the key.");
    assert_line(&line, &call, AuditAction::ConnectionError, world.owner);
}

#[tokio::test]
async fn each_way_of_linking_is_refused_where_the_other_one_is_meant() {
    let (mut world, _, oauth) = world();
    shows(&mut world, &oauth);
    assert_refused!(link(&mut world, &oauth, PASTED).await, AuthorizationError::WrongLink);

    let (mut world, keyed) = keyed_bank(None);
    shows(&mut world, &keyed);
    let call = world.call();
    let request = StartAuthorization { connection: keyed.id };
    let result = world.build().authorization().start(&call, request).await;
    assert_refused!(result, AuthorizationError::WrongLink);
}

#[tokio::test]
async fn an_instance_that_is_not_there_or_somebody_elses_is_not_found() {
    let (mut world, connection) = keyed_bank(None);
    world.queries.connections.expect_connection().return_once(|_, _| Ok(None));
    assert_refused!(link(&mut world, &connection, PASTED).await, AuthorizationError::NotFound);
}

#[tokio::test]
async fn a_provider_that_left_the_catalogue_links_nothing() {
    let (mut world, mut connection) = keyed_bank(None);
    connection.provider = "closed-bank".parse().unwrap();
    shows(&mut world, &connection);
    let result = link(&mut world, &connection, PASTED).await;
    assert_refused!(result, AuthorizationError::ProviderUnavailable);
}
