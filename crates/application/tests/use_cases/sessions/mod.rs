//! Sessions: authenticating a request, exchanging a refresh token, signing out.

mod authenticate;
mod credentials;
mod disown;
mod end;
mod flush_activity;
mod interleavings;
mod list;
mod refresh;
mod reuse;
mod sign_out;

use dashtam_domain::{
    identity::{RefreshGeneration, RefreshSecrets, Session, SessionSnapshot, User, fingerprint},
    secret::{OpaqueSecret, SecretText},
};
use dashtam_testkit::{builders, fakes::FakeRefreshSecrets, mocks::MockUnitOfWork};

use crate::world::client;

/// A verified user with a session, as one look-up finds them.
fn snapshot() -> SessionSnapshot {
    let user = User { email_verified_at: Some(builders::at(1)), ..builders::user() };
    let print = fingerprint(client().user_agent.as_deref());
    let session = Session { fingerprint: print, ..builders::session(&user) };
    SessionSnapshot { session, user, floor: builders::token_floor() }
}

/// The session's token of this number.
fn token(session: &Session, number: i64) -> OpaqueSecret {
    FakeRefreshSecrets.derive(session.id, number)
}

/// The row of the session's token of this number.
fn row(session: &Session, number: i64) -> RefreshGeneration {
    RefreshGeneration { hash: token(session, number).hash(), ..builders::generation(session, number) }
}

fn secret(token: &OpaqueSecret) -> SecretText {
    SecretText::new(token.expose())
}

/// The unit finds this token when it is asked for it.
fn finds(unit: &mut MockUnitOfWork, row: &RefreshGeneration) {
    let (hash, row) = (row.hash, row.clone());
    unit.refresh_tokens
        .expect_find()
        .withf(move |asked| *asked == hash)
        .times(1)
        .returning(move |_| Ok(Some(row.clone())));
}

/// The unit finds this session.
fn finds_session(unit: &mut MockUnitOfWork, snapshot: &SessionSnapshot) {
    let (id, snapshot) = (snapshot.session.id, snapshot.clone());
    unit.sessions
        .expect_find()
        .withf(move |asked| *asked == id)
        .times(1)
        .returning(move |_| Ok(Some(snapshot.clone())));
}
