//! Thirty callers at once on sessions and versions of tokens.

use std::collections::HashSet;

use dashtam_domain::{
    identity::{Activity, EndReason, GlobalRotation},
    store::Storage,
};

use crate::{
    builders::{self, at},
    storage::{
        begin,
        races::{CALLERS, race, winners},
        stored_user,
    },
};

/// Thirty rotations of everybody's tokens, and of one user's, give thirty versions each.
pub async fn every_rotation_has_a_version_of_its_own(storage: &Storage) {
    let user = stored_user(storage).await;
    let versions = race(storage, |storage, _| async move {
        let rotation = GlobalRotation {
            at: at(1),
            grace: chrono::TimeDelta::seconds(5),
            by: "USER:ann@example.com".to_owned(),
            reason: "A race".to_owned(),
        };
        let mut unit = begin(&storage).await;
        let own = unit.users().rotate_tokens(user.id, at(1)).await.unwrap().unwrap();
        let all = unit.token_floor().rotate(&rotation).await.unwrap().floor.version;
        unit.commit().await.unwrap();
        (own, all)
    })
    .await;
    let own: HashSet<_> = versions.iter().map(|(own, _)| *own).collect();
    let all: HashSet<_> = versions.iter().map(|(_, all)| *all).collect();
    assert_eq!((own.len(), all.len()), (CALLERS, CALLERS));
    let (user, config) = (storage.queries.user(user.id).await, storage.queries.security_config().await);
    assert_eq!(user.unwrap().unwrap().token_version, 31);
    assert_eq!(Some(config.unwrap().floor.version), all.into_iter().max());
}

/// Each session is ended, and counted, by one of many who end all.
pub async fn one_of_many_ends_all_sessions(storage: &Storage) {
    let user = stored_user(storage).await;
    let mut unit = begin(storage).await;
    for _ in 0..10 {
        unit.sessions().insert(&builders::session(&user)).await.unwrap();
    }
    unit.commit().await.unwrap();
    let ended = race(storage, |storage, _| async move {
        let mut unit = begin(&storage).await;
        let reason = EndReason::Revoked;
        let ended = unit.sessions().end_all(user.id, None, true, reason, at(1)).await.unwrap();
        unit.commit().await.unwrap();
        ended
    })
    .await;
    assert_eq!(ended.iter().sum::<u64>(), 10, "{ended:?}");
}

/// No call is lost when many processes write what one session did.
pub async fn activity_of_many_writers_adds_up(storage: &Storage) {
    let user = stored_user(storage).await;
    let sessions = [builders::session(&user), builders::session(&user)];
    let mut unit = begin(storage).await;
    for session in &sessions {
        unit.sessions().insert(session).await.unwrap();
    }
    unit.commit().await.unwrap();
    let ids = [sessions[0].id, sessions[1].id];
    race(storage, |storage, number| async move {
        let seen = at(number as i64);
        let did = ids.map(|session| Activity { session, calls: 2, last_seen: seen });
        let mut unit = begin(&storage).await;
        unit.sessions().record_activity(&did).await.unwrap();
        unit.commit().await.unwrap();
    })
    .await;
    for id in ids {
        let session = storage.queries.session(id).await.unwrap().unwrap().session;
        assert_eq!((session.api_calls, session.last_seen_at), (60, at(29)));
    }
}

/// A session is ended once.
pub async fn one_of_many_ends_a_session(storage: &Storage) {
    let user = stored_user(storage).await;
    let session = builders::session(&user);
    let mut unit = begin(storage).await;
    unit.sessions().insert(&session).await.unwrap();
    unit.commit().await.unwrap();
    let won = race(storage, |storage, _| async move {
        let mut unit = begin(&storage).await;
        let won = unit.sessions().end(user.id, session.id, EndReason::SignedOut, at(1)).await.unwrap();
        unit.commit().await.unwrap();
        won
    })
    .await;
    assert_eq!(winners(&won), 1);
}
