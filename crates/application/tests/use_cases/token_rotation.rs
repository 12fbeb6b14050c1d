//! Rotation after a breach.

use std::sync::Arc;

use chrono::TimeDelta;
use dashtam_application::token_rotation::{
    GetSecurityConfig, RotateEverybody, RotateUser, RotationError, UserRotated,
};
use dashtam_domain::{
    id::UserId,
    identity::{
        AuditAction, EndReason, GlobalRotation, SecurityConfig, SessionCache, SessionSnapshot, TokenFloor,
    },
};
use dashtam_testkit::{builders, fakes::Recorder};

use crate::world::{World, assert_line, assert_refused};

const REASON: &str = "The laptop was stolen on the train";

#[tokio::test]
async fn a_users_tokens_become_void_with_every_session() {
    for by_administrator in [false, true] {
        let mut world = World::new();
        let user = if by_administrator { UserId(builders::id()) } else { world.owner };
        let now = world.now;
        let mut lines = Recorder::new();
        let unit = world.unit(|unit| {
            unit.users
                .expect_rotate_tokens()
                .withf(move |id, at| (*id, *at) == (user, now))
                .times(1)
                .returning(|_, _| Ok(Some(4)));
            unit.sessions
                .expect_end_all()
                .withf(move |of, spared, keys, reason, _| {
                    (*of, *spared, *keys, *reason) == (user, None, true, EndReason::Rotated)
                })
                .times(1)
                .returning(|_, _, _, _, _| Ok(2));
            lines = unit.records_audit();
        });
        let call = if by_administrator { world.administrator() } else { world.call() };
        let request = RotateUser { user, reason: REASON.to_owned() };
        let rotated = world.build().token_rotation().user(&call, request).await.unwrap();
        assert!(unit.is_committed());
        let expected = UserRotated {
            user,
            old_version: 3,
            new_version: 4,
            sessions: 2,
            reason: REASON.to_owned(),
            at: now,
        };
        assert_eq!(rotated, expected);
        let line = lines.only();
        assert_line(&line, &call, AuditAction::UserTokensRotated, user);
        assert_eq!(line.details["by"], world.owner.to_string());
        assert_eq!(world.cache.forgotten_users(), [user]);
    }
}

#[tokio::test]
async fn an_administrator_is_told_that_there_is_no_such_user() {
    let mut world = World::new();
    let unit = world.unit(|unit| {
        unit.users.expect_rotate_tokens().times(1).returning(|_, _| Ok(None));
    });
    let call = world.administrator();
    let request = RotateUser { user: UserId(builders::id()), reason: REASON.to_owned() };
    let result = world.build().token_rotation().user(&call, request).await;
    assert_refused!(result, RotationError::NotFound);
    assert!(!unit.is_committed());
}

#[tokio::test]
async fn everybodys_tokens_are_rotated_with_a_grace_and_counted() {
    let mut world = World::new();
    let by = builders::user();
    let expected = GlobalRotation {
        at: world.now,
        grace: TimeDelta::minutes(20),
        by: format!("USER:{}", by.email.as_str()),
        reason: REASON.to_owned(),
    };
    let config = SecurityConfig {
        floor: TokenFloor { version: 6, earlier_version: 5, ..builders::token_floor() },
        updated_at: world.now,
        updated_by: Some(expected.by.clone()),
        reason: Some(REASON.to_owned()),
    };
    let (answer, mut lines) = (config.clone(), Recorder::new());
    let unit = world.unit(|unit| {
        unit.token_floor
            .expect_rotate()
            .withf(move |rotation| *rotation == expected)
            .times(1)
            .return_once(|_| Ok(answer));
        lines = unit.records_audit();
    });
    world.queries.users.expect_user().times(1).return_once(|_| Ok(Some(by)));
    world
        .queries
        .sessions
        .expect_sessions_below()
        .withf(|version, _| *version == 6)
        .times(1)
        .returning(|_, _| Ok((30, 7)));
    let shown = config.clone();
    world.queries.sessions.expect_security_config().times(1).return_once(|| Ok(shown));
    let call = world.administrator();
    let dashtam = world.build();
    let user = builders::user();
    let session = builders::session(&user);
    let (kept, floor) = (session.id, builders::token_floor());
    world.cache.put(Arc::new(SessionSnapshot { session, user, floor }));
    let request = RotateEverybody { reason: REASON.to_owned(), grace_minutes: 20, version: None };
    let rotated = dashtam.token_rotation().global(&call, request).await.unwrap();
    assert!(unit.is_committed());
    assert!(world.cache.get(kept).is_none(), "the next request sees the new version");
    assert_eq!((&rotated.config, rotated.sessions, rotated.users), (&config, 30, 7));
    assert_line(&lines.only(), &call, AuditAction::GlobalTokensRotated, world.owner);
    let shown = dashtam.token_rotation().security_config(&call, GetSecurityConfig).await.unwrap();
    assert_eq!(shown, config);
}
