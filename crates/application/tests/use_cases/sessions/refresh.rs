//! Exchanging a refresh token: each works once, and racing clients get the same successor.

use chrono::TimeDelta;
use dashtam_application::sessions::{Refresh, SessionError};
use dashtam_domain::{
    identity::{EndReason, RefreshGeneration, SessionSnapshot},
    secret::{OpaqueSecret, SecretKind, SecretText},
};
use dashtam_testkit::{
    builders,
    fakes::Recorder,
    mocks::{MockUnitOfWork, Sequence},
};

use super::{finds, finds_session, row, secret, snapshot, token};
use crate::world::{World, assert_refused, policy};

/// A request that shows the session's token of this number.
fn shows(snapshot: &SessionSnapshot, number: i64) -> Refresh {
    Refresh { refresh_token: secret(&token(&snapshot.session, number)) }
}

#[tokio::test]
async fn a_fresh_token_is_used_up_and_exchanged_for_its_successor() {
    let mut world = World::new();
    let snapshot = snapshot();
    let (now, hash) = (world.now, row(&snapshot.session, 4).hash);
    let inserted = Recorder::new();
    let seen = inserted.clone();
    let unit = world.unit(|unit| {
        let mut order = Sequence::new();
        finds(unit, &row(&snapshot.session, 4));
        finds_session(unit, &snapshot);
        unit.refresh_tokens
            .expect_consume()
            .withf(move |asked, at| *asked == hash && *at == now)
            .times(1)
            .in_sequence(&mut order)
            .returning(|_, _| Ok(true));
        unit.refresh_tokens.expect_insert().times(1).in_sequence(&mut order).returning(move |next| {
            seen.push(next.clone());
            Ok(())
        });
    });
    let call = world.anonymous();
    let tokens = world.build().sessions().refresh(&call, shows(&snapshot, 4)).await.unwrap();

    assert!(unit.is_committed());
    let expected = RefreshGeneration {
        generation: 5,
        created_at: now,
        expires_at: now.plus(policy().refresh_token).min(snapshot.session.expires_at),
        ..row(&snapshot.session, 5)
    };
    assert_eq!(inserted.only(), expected);
    assert_eq!(tokens.refresh_token.expose(), token(&snapshot.session, 5).expose());
    let claims = world.access_tokens.issued().pop().unwrap();
    assert_eq!((claims.user, claims.session), (snapshot.user.id, snapshot.session.id));
    assert_eq!((claims.issued_at, tokens.expires_in), (now, 1_800));
}

#[tokio::test]
async fn a_successor_never_outlives_its_session() {
    let mut world = World::new();
    let mut snapshot = snapshot();
    snapshot.session.expires_at = world.now.plus(TimeDelta::hours(1));
    let inserted = Recorder::new();
    let seen = inserted.clone();
    world.unit(|unit| {
        finds(unit, &row(&snapshot.session, 0));
        finds_session(unit, &snapshot);
        unit.refresh_tokens.expect_consume().returning(|_, _| Ok(true));
        unit.refresh_tokens.expect_insert().returning(move |next| {
            seen.push(next.expires_at);
            Ok(())
        });
    });
    let call = world.anonymous();
    world.build().sessions().refresh(&call, shows(&snapshot, 0)).await.unwrap();
    assert_eq!(inserted.only(), snapshot.session.expires_at);
}

#[tokio::test]
async fn who_loses_the_race_for_a_token_gets_the_winners_successor_and_writes_nothing() {
    let mut world = World::new();
    let snapshot = snapshot();
    let unit = world.unit(|unit| {
        finds(unit, &row(&snapshot.session, 0));
        finds_session(unit, &snapshot);
        unit.refresh_tokens.expect_consume().times(1).returning(|_, _| Ok(false));
        finds(unit, &row(&snapshot.session, 1));
    });
    let call = world.anonymous();
    let tokens = world.build().sessions().refresh(&call, shows(&snapshot, 0)).await.unwrap();
    assert_eq!(tokens.refresh_token.expose(), token(&snapshot.session, 1).expose());
    assert!(!unit.is_committed());
}

#[tokio::test]
async fn a_token_used_up_to_thirty_seconds_ago_yields_the_same_successor_again() {
    for seconds in [0, 30] {
        let mut world = World::new();
        let snapshot = snapshot();
        let used = world.now.plus(TimeDelta::seconds(-seconds));
        let unit = world.unit(|unit| {
            finds(unit, &RefreshGeneration { used_at: Some(used), ..row(&snapshot.session, 0) });
            finds_session(unit, &snapshot);
            finds(unit, &row(&snapshot.session, 1));
        });
        let call = world.anonymous();
        let tokens = world.build().sessions().refresh(&call, shows(&snapshot, 0)).await.unwrap();
        assert_eq!(tokens.refresh_token.expose(), token(&snapshot.session, 1).expose());
        assert!(!unit.is_committed());
    }
}

#[tokio::test]
async fn a_successor_that_is_not_the_stored_one_is_not_handed_out() {
    let mut world = World::new();
    let snapshot = snapshot();
    let used = Some(world.now);
    world.unit(|unit| {
        finds(unit, &RefreshGeneration { used_at: used, ..row(&snapshot.session, 0) });
        finds_session(unit, &snapshot);
        unit.refresh_tokens.expect_find().times(1).returning(|_| Ok(None));
    });
    let call = world.anonymous();
    let result = world.build().sessions().refresh(&call, shows(&snapshot, 0)).await;
    assert_refused!(result, SessionError::InvalidRefreshToken);
}

#[tokio::test]
async fn a_token_past_its_end_is_refused_and_not_used_up() {
    let mut world = World::new();
    let snapshot = snapshot();
    let ended = world.now.plus(TimeDelta::microseconds(-1));
    let unit = world.unit(|unit| {
        finds(unit, &RefreshGeneration { expires_at: ended, ..row(&snapshot.session, 0) });
        finds_session(unit, &snapshot);
    });
    let call = world.anonymous();
    let result = world.build().sessions().refresh(&call, shows(&snapshot, 0)).await;
    assert_refused!(result, SessionError::InvalidRefreshToken);
    assert!(!unit.is_committed());
}

/// Finds the token and then this session.
async fn refresh_in(found: Option<SessionSnapshot>) -> Result<(), SessionError> {
    let mut world = World::new();
    let shown = found.clone().unwrap_or_else(snapshot);
    let unit = world.unit(|unit: &mut MockUnitOfWork| {
        finds(unit, &row(&shown.session, 0));
        unit.sessions.expect_find().times(1).return_once(|_| Ok(found));
    });
    let call = world.anonymous();
    let result = world.build().sessions().refresh(&call, shows(&shown, 0)).await;
    assert!(!unit.is_committed());
    assert!(world.access_tokens.issued().is_empty());
    result.map(drop)
}

#[tokio::test]
async fn a_session_that_ended_or_is_gone_exchanges_nothing() {
    let mut ended = snapshot();
    ended.session.ended = Some((builders::at(10), EndReason::SignedOut));
    let mut over = snapshot();
    over.session.expires_at = builders::at(999);
    for found in [None, Some(ended), Some(over)] {
        assert_refused!(refresh_in(found).await, SessionError::InvalidRefreshToken);
    }
}

#[tokio::test]
async fn a_user_who_was_switched_off_or_signed_out_everywhere_exchanges_nothing() {
    let mut disabled = snapshot();
    disabled.user.is_active = false;
    let mut raised = snapshot();
    raised.user.token_version = raised.session.token_version + 1;
    for found in [disabled, raised] {
        assert_refused!(refresh_in(Some(found)).await, SessionError::InvalidRefreshToken);
    }
}

#[tokio::test]
async fn an_unknown_token_is_refused() {
    let mut world = World::new();
    let unit = world.unit(|unit| {
        unit.refresh_tokens.expect_find().times(1).returning(|_| Ok(None));
    });
    let call = world.anonymous();
    let result = world.build().sessions().refresh(&call, shows(&snapshot(), 0)).await;
    assert_refused!(result, SessionError::InvalidRefreshToken);
    assert!(!unit.is_committed());
}

#[tokio::test]
async fn what_is_not_a_refresh_token_is_refused_without_a_look_up() {
    let other = OpaqueSecret::from_bytes(SecretKind::EmailVerification, &[1; 32]);
    for text in ["", "dsr_", other.expose()] {
        let mut world = World::new();
        let call = world.anonymous();
        let request = Refresh { refresh_token: SecretText::new(text) };
        let result = world.build().sessions().refresh(&call, request).await;
        assert_refused!(result, SessionError::InvalidRefreshToken);
    }
}

#[tokio::test]
async fn no_pair_is_handed_out_when_the_exchange_was_not_stored() {
    let mut world = World::new();
    let snapshot = snapshot();
    world.failing_unit(|unit| {
        finds(unit, &row(&snapshot.session, 0));
        finds_session(unit, &snapshot);
        unit.refresh_tokens.expect_consume().returning(|_, _| Ok(true));
        unit.refresh_tokens.expect_insert().returning(|_| Ok(()));
    });
    let call = world.anonymous();
    let result = world.build().sessions().refresh(&call, shows(&snapshot, 0)).await;
    assert_refused!(result, SessionError::Common(_));
    assert!(world.access_tokens.issued().is_empty());
}
