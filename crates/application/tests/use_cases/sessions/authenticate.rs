//! Who sent a request: the session decides, from the cache when it is there.

use std::sync::Arc;

use chrono::TimeDelta;
use dashtam_application::{
    errors::CommonError,
    sessions::{Authenticated, SessionError, Shown},
};
use dashtam_domain::{
    call::Principal,
    id::{SessionId, UserId},
    identity::{
        AccessClaims, AccessTokens, ActivityLog, EndReason, GuestTokens, Session, SessionCache,
        SessionSnapshot, TokenFloor, User,
    },
    secret::SecretKind,
    store::StoreError,
};
use dashtam_testkit::{builders, mocks::MockGuestTokens};
use uuid::Uuid;

use super::snapshot;
use crate::world::{World, assert_refused, broken};

/// The text of a token of this session.
fn issue(world: &World, snapshot: &SessionSnapshot) -> String {
    let claims = AccessClaims {
        user: snapshot.user.id,
        session: snapshot.session.id,
        email: None,
        version: snapshot.user.token_version,
        issued_at: world.now,
        expires_at: world.now.plus(TimeDelta::minutes(30)),
    };
    world.access_tokens.issue(&claims).unwrap().expose().to_owned()
}

fn finds(world: &mut World, snapshot: &SessionSnapshot) {
    let (id, snapshot) = (snapshot.session.id, snapshot.clone());
    world
        .queries
        .sessions
        .expect_session()
        .withf(move |asked| *asked == id)
        .times(1)
        .returning(move |_| Ok(Some(snapshot.clone())));
}

#[tokio::test]
async fn the_first_request_looks_the_session_up_and_the_next_one_does_not() {
    let mut world = World::new();
    let snapshot = snapshot();
    finds(&mut world, &snapshot);
    let token = issue(&world, &snapshot);
    let dashtam = world.build();
    for _ in 0..2 {
        let found = dashtam.sessions().authenticate(Shown::Bearer(&token), None, world.now).await.unwrap();
        let (user, session) = (snapshot.user.id, snapshot.session.id);
        let principal = Principal::new(user, session, snapshot.session.authenticated_at);
        assert_eq!(found, Authenticated { principal, renew_cookie: None });
    }
    assert_eq!(*world.cache.get(snapshot.session.id).unwrap(), snapshot);
    let counted = world.activity.pending(snapshot.session.id).unwrap();
    assert_eq!((counted.calls, counted.last_seen), (2, world.now));
}

#[tokio::test]
async fn a_token_nobody_issued_or_that_has_ended_is_refused_without_a_look_up() {
    let mut world = World::new();
    let token = issue(&world, &snapshot());
    let later = world.now.plus(TimeDelta::minutes(30));
    let dashtam = world.build();
    let ended = dashtam.sessions().authenticate(Shown::Bearer(&token), None, later).await;
    assert_refused!(ended, SessionError::InvalidAccessToken);
    let forged = dashtam.sessions().authenticate(Shown::Bearer("access-7"), None, world.now).await;
    assert_refused!(forged, SessionError::InvalidAccessToken);
}

#[tokio::test]
async fn a_session_or_user_that_is_no_longer_good_ends_its_tokens() {
    let good = snapshot();
    let session = |change: fn(&mut Session)| {
        let mut snapshot = good.clone();
        change(&mut snapshot.session);
        snapshot
    };
    let user = |change: fn(&mut User)| {
        let mut snapshot = good.clone();
        change(&mut snapshot.user);
        snapshot
    };
    for bad in [
        session(|session| session.ended = Some((builders::at(500), EndReason::SignedOut))),
        session(|session| session.expires_at = builders::at(999)),
        user(|user| user.is_active = false),
        user(|user| user.token_version = 2),
        user(|user| user.id = builders::user().id),
        SessionSnapshot {
            floor: TokenFloor { version: 2, grace_until: builders::at(1_000), ..builders::token_floor() },
            ..good.clone()
        },
    ] {
        for cached in [false, true] {
            let mut world = World::new();
            let token = issue(&world, &good);
            if cached {
                world.cache.put(bad.clone().into());
            } else {
                finds(&mut world, &bad);
            }
            let result = world.build().sessions().authenticate(Shown::Bearer(&token), None, world.now).await;
            assert_refused!(result, SessionError::InvalidAccessToken);
            assert_eq!(world.activity.pending(bad.session.id), None, "what is refused is not counted");
        }
    }
}

#[tokio::test]
async fn an_older_session_goes_on_until_the_grace_ends() {
    let mut world = World::new();
    let floor = TokenFloor { version: 2, grace_until: builders::at(1_060), ..builders::token_floor() };
    let snapshot = SessionSnapshot { floor, ..snapshot() };
    finds(&mut world, &snapshot);
    let token = issue(&world, &snapshot);
    let dashtam = world.build();
    for (now, good) in [(1_000, true), (1_059, true), (1_060, false), (1_061, false)] {
        let result = dashtam.sessions().authenticate(Shown::Bearer(&token), None, builders::at(now)).await;
        assert_eq!(result.is_ok(), good, "{now}");
    }
}

#[tokio::test]
async fn a_session_does_not_fall_idle_by_what_is_not_yet_written() {
    let mut world = World::new();
    let mut snapshot = snapshot();
    snapshot.session.long_lived = false;
    snapshot.session.expires_at = builders::at(90 * 86_400);
    finds(&mut world, &snapshot);
    world
        .access_tokens
        .issue(&AccessClaims {
            user: snapshot.user.id,
            session: snapshot.session.id,
            email: None,
            version: 1,
            issued_at: world.now,
            expires_at: builders::at(90 * 86_400),
        })
        .unwrap();
    let dashtam = world.build();
    let week = 168 * 3_600;
    for (now, good) in [(week - 1, true), (2 * week - 2, true), (3 * week - 2, false)] {
        let result =
            dashtam.sessions().authenticate(Shown::Bearer("access-0"), None, builders::at(now)).await;
        assert_eq!(result.is_ok(), good, "{now}");
    }
}

/// Guests who know this token at this instant.
fn guests(
    token: &str,
    answer: fn() -> Result<Option<Principal>, StoreError>,
) -> Option<Arc<dyn GuestTokens>> {
    let (token, mut guests) = (token.to_owned(), MockGuestTokens::new());
    guests.expect_holder().withf(move |asked, _| asked == token).times(1).returning(move |_, _| answer());
    Some(Arc::new(guests))
}

/// What a guest may do is decided by who let the token in; the session's own rules come first.
#[tokio::test]
async fn a_token_without_a_session_that_is_good_is_the_guests() {
    fn somebody() -> Principal {
        Principal::of_user(
            &User { id: UserId(Uuid::nil()), ..builders::user() },
            SessionId(Uuid::nil()),
            builders::at(0),
        )
    }
    // The text of no token of ours, and a token of ours whose session has ended.
    let known = snapshot();
    let ended = Session { ended: Some((builders::at(9), EndReason::Revoked)), ..known.session.clone() };
    let ended = SessionSnapshot { session: ended, ..known.clone() };
    for found in [None, Some(ended)] {
        let mut world = World::new();
        let token = match &found {
            None => "from elsewhere".to_owned(),
            Some(known) => {
                finds(&mut world, known);
                issue(&world, known)
            }
        };
        world.guests = guests(&token, || Ok(Some(somebody())));
        let found =
            world.build().sessions().authenticate(Shown::Bearer(&token), None, world.now).await.unwrap();
        assert_eq!(found, Authenticated { principal: somebody(), renew_cookie: None });
    }
    let mut world = World::new();
    world.guests = guests("from elsewhere", || Ok(None));
    let result =
        world.build().sessions().authenticate(Shown::Bearer("from elsewhere"), None, world.now).await;
    assert_refused!(result, SessionError::InvalidAccessToken);
    let mut world = World::new();
    world.guests = guests("from elsewhere", || Err(broken()));
    let result =
        world.build().sessions().authenticate(Shown::Bearer("from elsewhere"), None, world.now).await;
    assert_refused!(result, SessionError::Common(CommonError::Store(_)));
}

/// Guests are not asked about a token whose session is good, about API keys, or for a cookie.
#[tokio::test]
async fn guests_are_asked_about_nothing_else() {
    let mut world = World::new();
    let known = snapshot();
    finds(&mut world, &known);
    world.guests = Some(Arc::new(MockGuestTokens::new()));
    let (token, dashtam) = (issue(&world, &known), world.build());
    let sessions = dashtam.sessions();
    assert!(sessions.authenticate(Shown::Bearer(&token), None, world.now).await.is_ok());
    let key = format!("{}nonsense", SecretKind::ApiKey.prefix());
    for shown in [Shown::Bearer(&key), Shown::Cookie("from elsewhere")] {
        let result = sessions.authenticate(shown, None, world.now).await;
        assert_refused!(result, SessionError::InvalidAccessToken);
    }
}

#[tokio::test]
async fn a_token_of_a_session_that_is_gone_is_refused() {
    let mut world = World::new();
    let token = issue(&world, &snapshot());
    world.queries.sessions.expect_session().returning(|_| Ok(None));
    let result = world.build().sessions().authenticate(Shown::Bearer(&token), None, world.now).await;
    assert_refused!(result, SessionError::InvalidAccessToken);
}

#[tokio::test]
async fn a_failing_store_is_not_taken_for_a_bad_token() {
    let mut world = World::new();
    let token = issue(&world, &snapshot());
    world.queries.sessions.expect_session().returning(|_| Err(broken()));
    let result = world.build().sessions().authenticate(Shown::Bearer(&token), None, world.now).await;
    assert_refused!(result, SessionError::Common(CommonError::Store(_)));
}
