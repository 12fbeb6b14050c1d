//! All of it, or none.

use std::time::Duration;

use dashtam_domain::store::{Storage, StoreError};

use super::{begin, stored_user};
use crate::builders;

/// Several writes through several repositories appear together.
pub async fn a_commit_makes_everything_visible_at_once(storage: &Storage) {
    let user = builders::user();
    let session = builders::session(&user);
    let mut unit = begin(storage).await;
    unit.users().insert_if_absent(&user).await.unwrap();
    unit.sessions().insert(&session).await.unwrap();
    assert_eq!(storage.queries.session(session.id).await.unwrap(), None);
    unit.commit().await.unwrap();
    assert!(storage.queries.session(session.id).await.unwrap().is_some());
}

/// A unit that is dropped was never there.
pub async fn dropping_leaves_no_trace(storage: &Storage) {
    let user = builders::user();
    let mut unit = begin(storage).await;
    unit.users().insert_if_absent(&user).await.unwrap();
    drop(unit);
    // The next unit works, on the same connection where there is only one.
    let other = stored_user(storage).await;
    assert_eq!(storage.queries.user(user.id).await.unwrap(), None);
    assert!(storage.queries.user(other.id).await.unwrap().is_some());
}

/// Own writes are seen inside, not outside.
pub async fn a_unit_sees_its_own_writes_and_nobody_else_does(storage: &Storage) {
    let user = builders::user();
    let mut unit = begin(storage).await;
    unit.users().insert_if_absent(&user).await.unwrap();
    assert_eq!(unit.users().find(user.id).await.unwrap(), Some(user.clone()));
    assert_eq!(storage.queries.user(user.id).await.unwrap(), None);
    unit.commit().await.unwrap();
    assert_eq!(storage.queries.user(user.id).await.unwrap(), Some(user));
}

/// After an error nothing of the unit is stored, whatever the engine thinks of it.
pub async fn a_failed_call_poisons_the_unit(storage: &Storage) {
    let (user, stranger) = (builders::user(), builders::user());
    let mut unit = begin(storage).await;
    unit.users().insert_if_absent(&user).await.unwrap();
    // A session of a user that does not exist.
    let error = unit.sessions().insert(&builders::session(&stranger)).await.unwrap_err();
    assert!(matches!(error, StoreError::Database(_)), "{error:?}");
    let later = unit.users().insert_if_absent(&stranger).await;
    assert!(later.is_err(), "{later:?}");
    let commit = unit.commit().await.unwrap_err();
    assert!(matches!(commit, StoreError::Aborted), "{commit:?}");
    assert_eq!(storage.queries.user(user.id).await.unwrap(), None);
    assert_eq!(storage.queries.user(stranger.id).await.unwrap(), None);
}

/// Stale is an error like any other.
pub async fn a_stale_write_poisons_the_unit(storage: &Storage) {
    let mut user = stored_user(storage).await;
    user.revision = 7;
    let other = builders::user();
    let mut unit = begin(storage).await;
    unit.users().insert_if_absent(&other).await.unwrap();
    let error = unit.users().update(&mut user).await.unwrap_err();
    assert!(matches!(error, StoreError::Stale), "{error:?}");
    assert!(matches!(unit.commit().await, Err(StoreError::Aborted)));
    assert_eq!(storage.queries.user(other.id).await.unwrap(), None);
}

/// A unit that waits for another gets its turn.
pub async fn units_follow_each_other(storage: &Storage) {
    let tasks: Vec<_> = (0..40)
        .map(|_| {
            let storage = storage.clone();
            tokio::spawn(async move { stored_user(&storage).await.id })
        })
        .collect();
    for task in tasks {
        let id = task.await.unwrap();
        assert!(storage.queries.user(id).await.unwrap().is_some());
    }
}

/// A reader sees the last commit at once, while a writer is at work.
pub async fn reads_do_not_wait_for_an_open_unit(storage: &Storage) {
    let mut user = stored_user(storage).await;
    let before = user.clone();
    let mut unit = begin(storage).await;
    user.verified(builders::at(1));
    unit.users().update(&mut user).await.unwrap();
    let read = tokio::time::timeout(Duration::from_secs(2), storage.queries.user(user.id)).await;
    assert_eq!(read.expect("it does not wait").unwrap(), Some(before));
    unit.commit().await.unwrap();
    assert_eq!(storage.queries.user(user.id).await.unwrap(), Some(user));
}
