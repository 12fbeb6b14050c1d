//! Cookies and API keys: what opens a session, what does not, and what a browser must show to write.

use chrono::TimeDelta;
use dashtam_application::sessions::{EndReplaced, SessionError, Shown};
use dashtam_domain::{
    identity::{
        ActivityLog, ApiKeyTerms, AuditAction, EndReason, Scope, Scopes, Session, SessionCache,
        SessionSnapshot, Transport, User, parse_network,
    },
    secret::{OpaqueSecret, SecretKind, SecretText},
};
use dashtam_testkit::{builders, fakes::Recorder};

use super::snapshot;
use crate::world::{World, assert_line, assert_refused};

fn made(kind: SecretKind, byte: u8) -> OpaqueSecret {
    OpaqueSecret::from_bytes(kind, &[byte; 32])
}

fn cookie() -> SessionSnapshot {
    let snapshot = snapshot();
    let session = Session {
        transport: Transport::Cookie,
        credential: Some(made(SecretKind::CookieSession, 1).hash()),
        csrf: Some(made(SecretKind::Csrf, 2).hash()),
        ..snapshot.session
    };
    SessionSnapshot { session, ..snapshot }
}

fn key() -> SessionSnapshot {
    let snapshot = snapshot();
    let networks = vec![parse_network("192.0.2.0/24").unwrap()];
    let scopes: Scopes = [Scope::AccountsRead].into_iter().collect();
    let session = Session {
        transport: Transport::ApiKey,
        credential: Some(made(SecretKind::ApiKey, 1).hash()),
        key: Some(ApiKeyTerms { scopes, hint: "AAcJ".to_owned(), networks, replaced_by: None }),
        ..snapshot.session
    };
    SessionSnapshot { session, ..snapshot }
}

/// A world in which this session is found by its credential.
fn world_of(snapshot: &SessionSnapshot) -> World {
    let mut world = World::new();
    let snapshot = snapshot.clone();
    world
        .queries
        .sessions
        .expect_session_by_credential()
        .returning(move |hash| Ok((snapshot.session.credential == Some(*hash)).then(|| snapshot.clone())));
    world
}

#[tokio::test]
async fn each_secret_works_only_where_it_belongs() {
    let (dss, dsk) = (made(SecretKind::CookieSession, 1), made(SecretKind::ApiKey, 1));
    for (snapshot, opens) in [(cookie(), &dss), (key(), &dsk)] {
        let mut world = world_of(&snapshot);
        let dashtam = world.build();
        let near = Some([192, 0, 2, 9].into());
        for secret in [&dss, &dsk, &made(SecretKind::Csrf, 2), &made(SecretKind::CookieSession, 3)] {
            let is_it = secret.expose() == opens.expose();
            let shown = [
                (Shown::Bearer(secret.expose()), Transport::ApiKey),
                (Shown::Cookie(secret.expose()), Transport::Cookie),
            ];
            for (shown, transport) in shown {
                let result = dashtam.sessions().authenticate(shown, near, world.now).await;
                if is_it && snapshot.session.transport == transport {
                    let principal = result.unwrap().principal;
                    assert_eq!((principal.session, principal.transport), (snapshot.session.id, transport));
                    assert_eq!(principal.scopes, snapshot.session.key.as_ref().map(|key| key.scopes));
                } else {
                    assert_refused!(result, SessionError::InvalidAccessToken);
                }
            }
        }
        assert_eq!(world.activity.pending(snapshot.session.id).unwrap().calls, 1);
    }
}

/// A row whose credential is of another kind than its transport opens nothing.
#[tokio::test]
async fn a_secret_of_another_transports_session_is_refused() {
    let mut odd = key();
    odd.session.transport = Transport::Cookie;
    let mut world = world_of(&odd);
    let secret = made(SecretKind::ApiKey, 1);
    let shown = Shown::Bearer(secret.expose());
    let near = Some([192, 0, 2, 9].into());
    let result = world.build().sessions().authenticate(shown, near, world.now).await;
    assert_refused!(result, SessionError::InvalidAccessToken);
}

#[tokio::test]
async fn a_key_opens_from_its_networks_only() {
    let secret = made(SecretKind::ApiKey, 1);
    let mut world = world_of(&key());
    let dashtam = world.build();
    let cases =
        [("192.0.2.255", true), ("::ffff:192.0.2.1", true), ("192.0.3.0", false), ("2001:db8::1", false)];
    for (from, good) in cases {
        let from = Some(from.parse().unwrap());
        let result = dashtam.sessions().authenticate(Shown::Bearer(secret.expose()), from, world.now).await;
        assert_eq!(result.is_ok(), good, "{from:?}");
    }
    let nowhere = dashtam.sessions().authenticate(Shown::Bearer(secret.expose()), None, world.now).await;
    assert_refused!(nowhere, SessionError::InvalidAccessToken);
}

#[tokio::test]
async fn a_write_by_cookie_needs_the_token_of_its_session() {
    let (secret, good) = (made(SecretKind::CookieSession, 1), made(SecretKind::Csrf, 2));
    let session = cookie();
    let mut world = world_of(&session);
    let dashtam = world.build();
    let write = async |csrf: &str| {
        let shown = Shown::Write { cookie: secret.expose(), csrf };
        dashtam.sessions().authenticate(shown, None, world.now).await
    };
    for csrf in ["", "x", made(SecretKind::Csrf, 3).expose(), secret.expose()] {
        assert_refused!(write(csrf).await, SessionError::NoCsrfProof);
    }
    assert_eq!(world.activity.pending(session.session.id), None, "what is refused is not counted");
    write(good.expose()).await.unwrap();
    assert_eq!(world.activity.pending(session.session.id).unwrap().calls, 1);
}

/// Rows and users that are no longer good, whatever the browser shows.
#[tokio::test]
async fn a_cookie_or_key_ends_with_its_session_and_account() {
    let week = TimeDelta::hours(168);
    for good in [cookie(), key()] {
        let ended = Some((builders::at(500), EndReason::Revoked));
        let session = |session: Session| SessionSnapshot { session, ..good.clone() };
        let user = |user: User| SessionSnapshot { user, ..good.clone() };
        let idle = builders::at(1_000).plus(-week);
        for bad in [
            session(Session { ended, ..good.session.clone() }),
            session(Session { expires_at: builders::at(999), ..good.session.clone() }),
            session(Session { long_lived: false, last_seen_at: idle, ..good.session.clone() }),
            session(Session { token_version: 0, ..good.session.clone() }),
            user(User { is_active: false, ..good.user.clone() }),
            user(User { expires_at: Some(builders::at(999)), ..good.user.clone() }),
        ] {
            let mut world = world_of(&bad);
            let (dss, dsk) = (made(SecretKind::CookieSession, 1), made(SecretKind::ApiKey, 1));
            let shown = match bad.session.transport {
                Transport::Cookie => Shown::Write { cookie: dss.expose(), csrf: "" },
                _ => Shown::Bearer(dsk.expose()),
            };
            let near = Some([192, 0, 2, 9].into());
            let result = world.build().sessions().authenticate(shown, near, world.now).await;
            assert_refused!(result, SessionError::InvalidAccessToken);
        }
    }
}

#[tokio::test]
async fn a_lasting_cookie_is_given_anew_on_the_first_request_of_a_day() {
    let secret = made(SecretKind::CookieSession, 1);
    for long_lived in [true, false] {
        let mut session = cookie();
        session.session.long_lived = long_lived;
        let mut world = world_of(&session);
        let dashtam = world.build();
        let renewed = async |now| {
            let found = dashtam.sessions().authenticate(Shown::Cookie(secret.expose()), None, now).await;
            found.unwrap().renew_cookie
        };
        // The session began at midnight; its row is not written meanwhile.
        let (day, until) = (86_400, long_lived.then_some(session.session.expires_at));
        assert_eq!(renewed(builders::at(day - 1)).await, None);
        assert_eq!(renewed(builders::at(day)).await, until);
        assert_eq!(renewed(builders::at(day)).await, None);
        assert_eq!(renewed(builders::at(2 * day - 1)).await, None);
        assert_eq!(renewed(builders::at(3 * day)).await, until);
    }
}

#[tokio::test]
async fn a_browsers_earlier_session_ends_when_it_signs_in_anew() {
    let old = cookie();
    let (owner, id) = (old.user.id, old.session.id);
    let mut world = world_of(&old);
    let now = world.now;
    world.cache.put(old.into());
    let mut lines = Recorder::new();
    let unit = world.unit(|unit| {
        unit.sessions
            .expect_end()
            .withf(move |of, session, reason, at| {
                (*of, *session, *reason, *at) == (owner, id, EndReason::Replaced, now)
            })
            .times(1)
            .returning(|_, _, _, _| Ok(true));
        lines = unit.records_audit();
    });
    let call = world.anonymous();
    let dashtam = world.build();
    let secret = made(SecretKind::CookieSession, 1);
    let request = |text: &str| EndReplaced { cookie: SecretText::new(text) };
    dashtam.sessions().end_replaced(&call, request(secret.expose())).await.unwrap();
    assert!(unit.is_committed());
    assert_line(&lines.only(), &call, AuditAction::SessionEnded, owner);
    assert_eq!(world.cache.forgotten(), [id]);
    // What opens nothing ends nothing.
    for text in ["", "x", made(SecretKind::CookieSession, 9).expose(), made(SecretKind::ApiKey, 1).expose()] {
        dashtam.sessions().end_replaced(&call, request(text)).await.unwrap();
    }
}
