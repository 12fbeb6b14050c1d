//! Listing the caller's sessions, and noting something on one.

use dashtam_application::sessions::{ListSessions, NoteOnSession, SessionError};
use dashtam_domain::{
    identity::{ActivityLog, AuditAction, Session, SessionKey, SessionNote},
    page::{Limit, Page},
};
use dashtam_testkit::{builders, fakes::Recorder};

use super::{finds_session, snapshot};
use crate::world::{World, assert_line, assert_refused};

#[tokio::test]
async fn the_list_shows_what_sessions_did_since_it_was_written() {
    let mut world = World::new();
    let (owner, now) = (world.owner, world.now);
    let session = snapshot().session;
    let key = SessionKey { last_seen_at: session.last_seen_at, id: session.id };
    let (listed, limit) = (session.clone(), Limit::new(7).unwrap());
    world
        .queries
        .sessions
        .expect_sessions()
        .withf(move |of, at, after, most| (*of, *at, *after, *most) == (owner, now, Some(key), limit))
        .times(1)
        .return_once(move |_, _, _, _| Ok(Page { items: vec![listed], next: Some(key) }));
    world.queries.sessions.expect_count_sessions().times(1).return_once(|_, _| Ok(12));
    world.activity.record(session.id, builders::at(990));
    let call = world.call();
    let request = ListSessions { after: Some(key), limit };
    let page = world.build().sessions().list(&call, request).await.unwrap();
    let shown = Session { last_seen_at: builders::at(990), api_calls: 1, ..session };
    assert_eq!((page.page.items, page.page.next), (vec![shown], Some(key)));
    assert_eq!((page.total, page.current), (12, world.session));
}

#[tokio::test]
async fn a_note_is_written_remembered_and_shown() {
    let mut world = World::new();
    let owner = world.owner;
    let mut noted = snapshot();
    (noted.user.id, noted.session.user) = (owner, owner);
    let session = noted.session.id;
    let note = SessionNote { label: Some("Laptop".parse().ok()), is_trusted: Some(true) };
    let (expected, mut lines) = (note.clone(), Recorder::new());
    let unit = world.unit(|unit| {
        unit.sessions
            .expect_note()
            .withf(move |of, id, written| (*of, *id, written) == (owner, session, &expected))
            .times(1)
            .returning(|_, _, _| Ok(true));
        finds_session(unit, &noted);
        lines = unit.records_audit();
    });
    let call = world.call();
    let shown = world.build().sessions().note(&call, NoteOnSession { session, note }).await.unwrap();
    assert!(unit.is_committed());
    assert_eq!(shown, noted.session);
    assert_line(&lines.only(), &call, AuditAction::SessionUpdated, owner);
    assert_eq!(world.cache.forgotten(), [session]);
}

#[tokio::test]
async fn a_session_that_is_not_there_takes_no_note() {
    let mut world = World::new();
    let unit = world.unit(|unit| {
        unit.sessions.expect_note().times(1).returning(|_, _, _| Ok(false));
    });
    let call = world.call();
    let request = NoteOnSession { session: snapshot().session.id, note: SessionNote::default() };
    assert_refused!(world.build().sessions().note(&call, request).await, SessionError::NotFound);
    assert!(!unit.is_committed());
}
