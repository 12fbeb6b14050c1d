//! API keys: made, replaced, revoked, listed, and told of before they end.

mod create;
mod manage;
mod notices;

use dashtam_application::api_keys::CreateApiKey;
use dashtam_domain::{
    identity::{
        ApiKeyInserted, ApiKeyTerms, Scope, Scopes, SecurityConfig, Session, SessionSnapshot, Transport,
        User, parse_network,
    },
    secret::SecretHash,
};
use dashtam_testkit::{builders, fakes::Recorder, mocks::MockUnitOfWork};

use crate::world::World;

const DAY: i64 = 86_400;

fn scopes(scopes: &[Scope]) -> Scopes {
    scopes.iter().copied().collect()
}

fn wanted(of: &[Scope]) -> CreateApiKey {
    let networks = vec![parse_network("192.0.2.0/24").unwrap()];
    CreateApiKey { name: "backup job".parse().unwrap(), scopes: scopes(of), days: 90, networks }
}

/// The owner of the world's calls, as the store has it.
fn owner(world: &World) -> User {
    User { id: world.owner, token_version: 3, email_verified_at: Some(builders::at(1)), ..builders::user() }
}

fn knows_the_floor(world: &mut World) {
    let floor = builders::token_floor();
    let config = SecurityConfig { floor, updated_at: builders::at(0), updated_by: None, reason: None };
    world.queries.sessions.expect_security_config().returning(move || Ok(config.clone()));
}

fn finds_user(unit: &mut MockUnitOfWork, user: &User) {
    let user = user.clone();
    unit.users.expect_find().times(1).return_once(move |_| Ok(Some(user)));
}

fn inserts(unit: &mut MockUnitOfWork, answer: ApiKeyInserted) -> Recorder<Session> {
    let keys = Recorder::new();
    let seen = keys.clone();
    unit.sessions.expect_insert_key().times(1).returning(move |key, _| {
        seen.push(key.clone());
        Ok(answer)
    });
    keys
}

/// A key of this user that lives for 90 days.
fn key(user: &User) -> SessionSnapshot {
    let terms = ApiKeyTerms {
        scopes: scopes(&[Scope::SyncRun]),
        hint: "AAcJ".to_owned(),
        networks: vec![parse_network("2001:db8::/32").unwrap()],
        replaced_by: None,
    };
    let session = Session {
        transport: Transport::ApiKey,
        label: Some("backup job".parse().unwrap()),
        expires_at: builders::at(90 * DAY),
        credential: Some(SecretHash::of("key")),
        key: Some(terms),
        ..builders::session(user)
    };
    SessionSnapshot { session, user: user.clone(), floor: builders::token_floor() }
}
