//! Who sent a request: the session decides, from the cache when it is there.

use chrono::TimeDelta;
use dashtam_application::{errors::CommonError, sessions::SessionError};
use dashtam_domain::{
    call::Principal,
    identity::{AccessClaims, AccessTokens, EndReason, Session, SessionCache, SessionSnapshot, User},
};
use dashtam_testkit::builders;

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
        .identity
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
        let principal = dashtam.sessions().authenticate(&token, world.now).await.unwrap();
        assert_eq!(principal, Principal { user: snapshot.user.id, session: snapshot.session.id });
    }
    assert_eq!(*world.cache.get(snapshot.session.id).unwrap(), snapshot);
}

#[tokio::test]
async fn a_token_nobody_issued_or_that_has_ended_is_refused_without_a_look_up() {
    let mut world = World::new();
    let token = issue(&world, &snapshot());
    let later = world.now.plus(TimeDelta::minutes(30));
    let dashtam = world.build();
    let ended = dashtam.sessions().authenticate(&token, later).await;
    assert_refused!(ended, SessionError::InvalidAccessToken);
    let forged = dashtam.sessions().authenticate("access-7", world.now).await;
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
    ] {
        for cached in [false, true] {
            let mut world = World::new();
            let token = issue(&world, &good);
            if cached {
                world.cache.put(bad.clone().into());
            } else {
                finds(&mut world, &bad);
            }
            let result = world.build().sessions().authenticate(&token, world.now).await;
            assert_refused!(result, SessionError::InvalidAccessToken);
        }
    }
}

#[tokio::test]
async fn a_token_of_a_session_that_is_gone_is_refused() {
    let mut world = World::new();
    let token = issue(&world, &snapshot());
    world.queries.identity.expect_session().returning(|_| Ok(None));
    let result = world.build().sessions().authenticate(&token, world.now).await;
    assert_refused!(result, SessionError::InvalidAccessToken);
}

#[tokio::test]
async fn a_failing_store_is_not_taken_for_a_bad_token() {
    let mut world = World::new();
    let token = issue(&world, &snapshot());
    world.queries.identity.expect_session().returning(|_| Err(broken()));
    let result = world.build().sessions().authenticate(&token, world.now).await;
    assert_refused!(result, SessionError::Common(CommonError::Store(_)));
}
