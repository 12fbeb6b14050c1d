//! A spent refresh token that comes back ends its session, and the refusal is remembered.

use chrono::TimeDelta;
use dashtam_application::sessions::{Refresh, SessionError};
use dashtam_domain::event::DomainEvent;
use dashtam_domain::identity::{AuditAction, EndReason, RefreshGeneration, SessionCache};
use dashtam_testkit::{fakes::Recorder, mocks::MockUnitOfWork};

use super::{finds, finds_session, row, secret, snapshot, token};
use crate::world::{World, assert_line, assert_refused};

#[tokio::test]
async fn a_token_spent_more_than_thirty_seconds_ago_ends_the_session_for_everybody() {
    let mut world = World::new();
    let snapshot = snapshot();
    let (user, session, now) = (snapshot.user.id, snapshot.session.id, world.now);
    world.cache.put(snapshot.clone().into());
    let used = now.plus(TimeDelta::seconds(-31));
    let (mut lines, mut events) = (Recorder::new(), Recorder::new());
    let unit = world.unit(|unit| {
        finds(unit, &RefreshGeneration { used_at: Some(used), ..row(&snapshot.session, 0) });
        finds_session(unit, &snapshot);
        unit.sessions
            .expect_end()
            .withf(move |owner, id, reason, at| {
                (*owner, *id, *reason, *at) == (user, session, EndReason::RefreshReuse, now)
            })
            .times(1)
            .returning(|_, _, _, _| Ok(true));
        lines = unit.records_audit();
        events = unit.records_events();
    });
    let call = world.anonymous();
    let request = Refresh { refresh_token: secret(&token(&snapshot.session, 0)) };
    let result = world.build().sessions().refresh(&call, request).await;

    assert_refused!(result, SessionError::RefreshTokenReused);
    assert!(unit.is_committed(), "the refusal itself is a write");
    assert_line(&lines.only(), &call, AuditAction::RefreshReused, user);
    assert_eq!(events.only(), DomainEvent::RefreshReused { user, session });
    assert_eq!(world.cache.forgotten(), [session]);
    assert!(world.access_tokens.issued().is_empty());
}

#[tokio::test]
async fn a_spent_token_past_its_end_still_counts_as_shown_again() {
    let mut world = World::new();
    let snapshot = snapshot();
    let used = world.now.plus(TimeDelta::hours(-2));
    let expired = world.now.plus(TimeDelta::hours(-1));
    let unit = world.unit(|unit: &mut MockUnitOfWork| {
        let shown = row(&snapshot.session, 0);
        finds(unit, &RefreshGeneration { used_at: Some(used), expires_at: expired, ..shown });
        finds_session(unit, &snapshot);
        unit.sessions.expect_end().times(1).returning(|_, _, _, _| Ok(true));
        unit.records_audit();
        unit.records_events();
    });
    let call = world.anonymous();
    let request = Refresh { refresh_token: secret(&token(&snapshot.session, 0)) };
    let result = world.build().sessions().refresh(&call, request).await;
    assert_refused!(result, SessionError::RefreshTokenReused);
    assert!(unit.is_committed());
}

#[tokio::test]
async fn when_the_end_cannot_be_stored_the_cache_keeps_what_is_still_true() {
    let mut world = World::new();
    let snapshot = snapshot();
    world.cache.put(snapshot.clone().into());
    let used = world.now.plus(TimeDelta::hours(-2));
    world.failing_unit(|unit| {
        finds(unit, &RefreshGeneration { used_at: Some(used), ..row(&snapshot.session, 0) });
        finds_session(unit, &snapshot);
        unit.sessions.expect_end().returning(|_, _, _, _| Ok(true));
        unit.records_audit();
        unit.records_events();
    });
    let call = world.anonymous();
    let request = Refresh { refresh_token: secret(&token(&snapshot.session, 0)) };
    let result = world.build().sessions().refresh(&call, request).await;
    assert_refused!(result, SessionError::Common(_));
    assert!(world.cache.get(snapshot.session.id).is_some());
}

#[tokio::test]
async fn a_token_whose_successor_was_used_is_no_race_however_soon_it_comes() {
    for seconds in [0, 30] {
        let mut world = World::new();
        let snapshot = snapshot();
        let used = Some(world.now.plus(TimeDelta::seconds(-seconds)));
        let mut events = Recorder::new();
        let unit = world.unit(|unit: &mut MockUnitOfWork| {
            finds(unit, &RefreshGeneration { used_at: used, ..row(&snapshot.session, 0) });
            finds_session(unit, &snapshot);
            finds(unit, &RefreshGeneration { used_at: used, ..row(&snapshot.session, 1) });
            unit.sessions.expect_end().times(1).returning(|_, _, _, _| Ok(true));
            unit.records_audit();
            events = unit.records_events();
        });
        let call = world.anonymous();
        let request = Refresh { refresh_token: secret(&token(&snapshot.session, 0)) };
        let result = world.build().sessions().refresh(&call, request).await;
        assert_refused!(result, SessionError::RefreshTokenReused);
        assert!(unit.is_committed() && events.len() == 1);
    }
}
