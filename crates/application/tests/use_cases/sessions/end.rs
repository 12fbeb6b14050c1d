//! Ending other sessions, and all of them.

use dashtam_application::sessions::{EndSession, EndSessions, SessionError, Which};
use dashtam_domain::{
    id::SessionId,
    identity::{AuditAction, EndReason, SessionSnapshot},
};
use dashtam_testkit::{builders, fakes::Recorder};

use super::snapshot;
use crate::world::{World, assert_line, assert_refused};

#[tokio::test]
async fn another_session_ends_and_is_forgotten_at_once() {
    let mut world = World::new();
    let (owner, now) = (world.owner, world.now);
    let session = SessionId(builders::id());
    let mut lines = Recorder::new();
    let unit = world.unit(|unit| {
        unit.sessions
            .expect_end()
            .withf(move |of, id, reason, at| {
                (*of, *id, *reason, *at) == (owner, session, EndReason::Revoked, now)
            })
            .times(1)
            .returning(|_, _, _, _| Ok(true));
        lines = unit.records_audit();
    });
    let call = world.call();
    world.build().sessions().end(&call, EndSession { session }).await.unwrap();
    assert!(unit.is_committed());
    assert_line(&lines.only(), &call, AuditAction::SessionEnded, owner);
    assert_eq!(world.cache.forgotten(), [session]);
}

#[tokio::test]
async fn the_current_session_is_refused_without_a_look() {
    let mut world = World::new();
    let call = world.call();
    let result = world.build().sessions().end(&call, EndSession { session: world.session }).await;
    assert_refused!(&result, SessionError::CurrentSession);
    assert!(result.unwrap_err().to_string().contains("cannot revoke current session"));
}

#[tokio::test]
async fn only_the_owner_learns_that_a_session_had_ended() {
    let own = |world: &World| {
        let mut own = snapshot();
        own.session.user = world.owner;
        Some(own)
    };
    type Known = fn(&World) -> Option<SessionSnapshot>;
    let cases: [(Known, bool); 3] = [(|_| None, false), (|_| Some(snapshot()), false), (own, true)];
    for (known, ended) in cases {
        let mut world = World::new();
        let found = known(&world);
        let unit = world.unit(|unit| {
            unit.sessions.expect_end().times(1).returning(|_, _, _, _| Ok(false));
            unit.sessions.expect_find().times(1).return_once(|_| Ok(found));
        });
        let call = world.call();
        let request = EndSession { session: SessionId(builders::id()) };
        let result = world.build().sessions().end(&call, request).await;
        if ended {
            assert_refused!(result, SessionError::AlreadyEnded);
        } else {
            assert_refused!(result, SessionError::NotFound);
        }
        assert!(!unit.is_committed() && world.cache.forgotten().is_empty());
    }
}

#[tokio::test]
async fn all_sessions_end_with_or_without_the_current_one() {
    for which in [Which::Others, Which::All] {
        let mut world = World::new();
        let (owner, now) = (world.owner, world.now);
        let spared = (which == Which::Others).then_some(world.session);
        let mut lines = Recorder::new();
        let unit = world.unit(|unit| {
            unit.sessions
                .expect_end_all()
                .withf(move |of, but, keys, reason, at| {
                    (*of, *but, *keys, *reason, *at) == (owner, spared, false, EndReason::Revoked, now)
                })
                .times(1)
                .returning(|_, _, _, _, _| Ok(3));
            lines = unit.records_audit();
        });
        let call = world.call();
        let ended = world.build().sessions().end_many(&call, EndSessions { which }).await.unwrap();
        assert!(unit.is_committed());
        assert_eq!((ended, lines.only().details["count"].as_u64()), (3, Some(3)));
        assert_eq!(world.cache.forgotten_users(), [owner]);
    }
}
