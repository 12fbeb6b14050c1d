//! Sessions as they are stored, and their end.

use dashtam_domain::{
    identity::{EndReason, Session, Transport},
    store::Storage,
};

use crate::{
    builders::{self, at},
    storage::{begin, stored_user},
};

/// One look-up finds the session and its user.
pub async fn a_session_comes_back_with_its_user(storage: &Storage) {
    let user = stored_user(storage).await;
    let plain = builders::session(&user);
    let full = Session {
        transport: Transport::Cookie,
        long_lived: false,
        ended: Some((at(4), EndReason::RefreshReuse)),
        address: None,
        user_agent: None,
        ..builders::session(&user)
    };
    let mut unit = begin(storage).await;
    for session in [&plain, &full] {
        unit.sessions().insert(session).await.unwrap();
        let found = unit.sessions().find(session.id).await.unwrap().unwrap();
        assert_eq!((&found.session, &found.user), (session, &user));
    }
    unit.commit().await.unwrap();
    for session in [&plain, &full] {
        let found = storage.queries.session(session.id).await.unwrap().unwrap();
        assert_eq!((&found.session, &found.user), (session, &user));
    }
    assert_eq!(storage.queries.session(builders::session(&user).id).await.unwrap(), None);
}

/// The first end counts; a stranger's does not.
pub async fn a_session_ends_once_and_only_for_its_owner(storage: &Storage) {
    let (user, stranger) = (stored_user(storage).await, stored_user(storage).await);
    let session = builders::session(&user);
    let mut unit = begin(storage).await;
    unit.sessions().insert(&session).await.unwrap();
    assert!(!unit.sessions().end(stranger.id, session.id, EndReason::SignedOut, at(1)).await.unwrap());
    assert!(unit.sessions().end(user.id, session.id, EndReason::SignedOut, at(2)).await.unwrap());
    assert!(!unit.sessions().end(user.id, session.id, EndReason::RefreshReuse, at(3)).await.unwrap());
    unit.commit().await.unwrap();
    let found = storage.queries.session(session.id).await.unwrap().unwrap();
    assert_eq!(found.session.ended, Some((at(2), EndReason::SignedOut)));
}

/// What is stored is judged like what was never stored.
pub async fn validity_of_a_stored_session_is_the_rules(storage: &Storage) {
    let user = stored_user(storage).await;
    for (long_lived, seen, expires, ended) in [
        (true, 0, 1_000_000, None),
        (false, 0, 1_000_000, None),
        (false, 600_000, 1_000_000, None),
        (true, 0, 604_800, None),
        (true, 0, 1_000_000, Some((at(10), EndReason::SignedOut))),
    ] {
        let session = Session {
            long_lived,
            last_seen_at: at(seen),
            expires_at: at(expires),
            ended,
            ..builders::session(&user)
        };
        let mut unit = begin(storage).await;
        unit.sessions().insert(&session).await.unwrap();
        unit.commit().await.unwrap();
        let stored = storage.queries.session(session.id).await.unwrap().unwrap();
        for now in [-1, 0, 5, 604_799, 604_800, 604_801, 1_000_000, 1_000_001] {
            let (expected, found) = (session.is_valid(at(now)), stored.session.is_valid(at(now)));
            assert_eq!(found, expected, "{session:?} after {now} seconds");
        }
    }
}

/// All but the one kept, of this user alone.
pub async fn all_sessions_of_a_user_end_but_one(storage: &Storage) {
    let (user, other) = (stored_user(storage).await, stored_user(storage).await);
    let sessions = [builders::session(&user), builders::session(&user), builders::session(&user)];
    let foreign = builders::session(&other);
    let mut unit = begin(storage).await;
    for session in sessions.iter().chain([&foreign]) {
        unit.sessions().insert(session).await.unwrap();
    }
    let [first, kept, gone] = sessions.map(|session| session.id);
    assert!(unit.sessions().end(user.id, gone, EndReason::SignedOut, at(1)).await.unwrap());
    let reason = EndReason::PasswordChanged;
    let ended = unit.sessions().end_all(user.id, Some(kept), false, reason, at(2)).await.unwrap();
    assert_eq!(ended, 1);
    unit.commit().await.unwrap();
    let ended_as = async |id| storage.queries.session(id).await.unwrap().unwrap().session.ended;
    assert_eq!(ended_as(first).await, Some((at(2), reason)));
    assert_eq!(ended_as(kept).await, None);
    assert_eq!(ended_as(gone).await, Some((at(1), EndReason::SignedOut)));
    assert_eq!(ended_as(foreign.id).await, None);
    let mut unit = begin(storage).await;
    let reason = EndReason::AccountDeletion;
    assert_eq!(unit.sessions().end_all(user.id, None, true, reason, at(3)).await.unwrap(), 1);
}
