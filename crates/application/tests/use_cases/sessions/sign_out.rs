//! Signing out ends the caller's own sessions, and their access tokens at once.

use dashtam_application::sessions::{SessionError, SignOut};
use dashtam_domain::{
    id::SessionId,
    identity::{AuditAction, EndReason, RefreshGeneration, SessionCache},
    secret::SecretText,
};
use dashtam_testkit::{fakes::Recorder, mocks::MockUnitOfWork};

use super::{finds, row, secret, snapshot, token};
use crate::world::{World, assert_line, assert_refused};

/// The unit ends sessions of the caller; which ones is handed to the test.
fn ends(unit: &mut MockUnitOfWork, owner: dashtam_domain::id::UserId) -> Recorder<SessionId> {
    let ended = Recorder::new();
    let seen = ended.clone();
    unit.sessions
        .expect_end()
        .withf(move |whose, _, reason, _| *whose == owner && *reason == EndReason::SignedOut)
        .returning(move |_, session, _, _| {
            seen.push(session);
            Ok(true)
        });
    ended
}

#[tokio::test]
async fn the_session_of_the_call_ends_and_is_forgotten() {
    let mut world = World::new();
    let (owner, session) = (world.owner, world.session);
    let mut kept = snapshot();
    (kept.session.id, kept.user.id) = (session, owner);
    world.cache.put(kept.into());
    let (mut ended, mut lines) = (Recorder::new(), Recorder::new());
    let unit = world.unit(|unit| {
        ended = ends(unit, owner);
        lines = unit.records_audit();
    });
    let call = world.call();
    world.build().sessions().sign_out(&call, SignOut { refresh_token: None }).await.unwrap();

    assert!(unit.is_committed());
    assert_eq!(ended.all(), [session]);
    assert_line(&lines.only(), &call, AuditAction::SessionEnded, owner);
    assert_eq!(world.cache.forgotten(), [session]);
    assert!(world.cache.get(session).is_none());
}

#[tokio::test]
async fn the_session_of_the_callers_refresh_token_ends_too() {
    let mut world = World::new();
    let (owner, session) = (world.owner, world.session);
    let other = snapshot().session;
    let mut ended = Recorder::new();
    let unit = world.unit(|unit| {
        finds(unit, &RefreshGeneration { user: owner, ..row(&other, 3) });
        ended = ends(unit, owner);
        unit.records_audit();
    });
    let call = world.call();
    let request = SignOut { refresh_token: Some(secret(&token(&other, 3))) };
    world.build().sessions().sign_out(&call, request).await.unwrap();
    assert!(unit.is_committed());
    assert_eq!(ended.all(), [session, other.id]);
    assert_eq!(world.cache.forgotten(), [session, other.id]);
}

#[tokio::test]
async fn the_refresh_token_of_the_same_session_ends_it_once() {
    let mut world = World::new();
    let (owner, session) = (world.owner, world.session);
    let mut own = snapshot().session;
    own.id = session;
    let mut ended = Recorder::new();
    world.unit(|unit| {
        finds(unit, &RefreshGeneration { user: owner, ..row(&own, 0) });
        ended = ends(unit, owner);
        unit.records_audit();
    });
    let call = world.call();
    let request = SignOut { refresh_token: Some(secret(&token(&own, 0))) };
    world.build().sessions().sign_out(&call, request).await.unwrap();
    assert_eq!(ended.all(), [session]);
}

#[tokio::test]
async fn somebody_elses_an_unknown_or_a_malformed_refresh_token_is_ignored() {
    let foreign = snapshot().session;
    for (found, text) in [
        (Some(Some(row(&foreign, 0))), token(&foreign, 0).expose().to_owned()),
        (Some(None), token(&foreign, 0).expose().to_owned()),
        (None, "not a token".to_owned()),
    ] {
        let mut world = World::new();
        let (owner, session) = (world.owner, world.session);
        let mut ended = Recorder::new();
        let unit = world.unit(|unit| {
            if let Some(found) = found {
                unit.refresh_tokens.expect_find().times(1).return_once(|_| Ok(found));
            }
            ended = ends(unit, owner);
            unit.records_audit();
        });
        let call = world.call();
        let request = SignOut { refresh_token: Some(SecretText::new(text)) };
        world.build().sessions().sign_out(&call, request).await.unwrap();
        assert!(unit.is_committed());
        assert_eq!(ended.all(), [session]);
        assert_eq!(world.cache.forgotten(), [session]);
    }
}

#[tokio::test]
async fn a_sign_out_that_was_not_stored_leaves_the_cache_alone() {
    let mut world = World::new();
    let owner = world.owner;
    world.failing_unit(|unit| {
        ends(unit, owner);
        unit.records_audit();
    });
    let call = world.call();
    let result = world.build().sessions().sign_out(&call, SignOut { refresh_token: None }).await;
    assert_refused!(result, SessionError::Common(_));
    assert!(world.cache.forgotten().is_empty());
}
