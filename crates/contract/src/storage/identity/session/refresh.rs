//! Refresh tokens: found by their hash and used once.

use dashtam_domain::{secret::SecretHash, store::Storage};

use crate::{
    builders::{self, at},
    storage::{
        begin,
        races::{race, winners},
        stored_user,
    },
};

/// Found by its hash; used once.
pub async fn a_refresh_token_is_found_by_hash_and_used_once(storage: &Storage) {
    let user = stored_user(storage).await;
    let session = builders::session(&user);
    let generations =
        [builders::generation(&session, 0), builders::generation(&session, i64::from(u32::MAX) + 1)];
    let mut unit = begin(storage).await;
    unit.sessions().insert(&session).await.unwrap();
    for generation in &generations {
        unit.refresh_tokens().insert(generation).await.unwrap();
        assert_eq!(unit.refresh_tokens().find(&generation.hash).await.unwrap().as_ref(), Some(generation));
    }
    assert_eq!(unit.refresh_tokens().find(&SecretHash::of("nobody's")).await.unwrap(), None);
    assert!(!unit.refresh_tokens().consume(&SecretHash::of("nobody's"), at(1)).await.unwrap());
    assert!(unit.refresh_tokens().consume(&generations[0].hash, at(1)).await.unwrap());
    assert!(!unit.refresh_tokens().consume(&generations[0].hash, at(2)).await.unwrap());
    let used = unit.refresh_tokens().find(&generations[0].hash).await.unwrap().unwrap();
    assert_eq!(used.used_at, Some(at(1)));
    unit.commit().await.unwrap();
    // The same generation twice is an error, not a second chain.
    let mut unit = begin(storage).await;
    assert!(unit.refresh_tokens().insert(&generations[0]).await.is_err());
}

/// A refresh token is exchanged once.
pub async fn one_of_many_consumes_a_refresh_token(storage: &Storage) {
    let user = stored_user(storage).await;
    let session = builders::session(&user);
    let generation = builders::generation(&session, 0);
    let mut unit = begin(storage).await;
    unit.sessions().insert(&session).await.unwrap();
    unit.refresh_tokens().insert(&generation).await.unwrap();
    unit.commit().await.unwrap();
    let won = race(storage, |storage, _| async move {
        let mut unit = begin(&storage).await;
        let won = unit.refresh_tokens().consume(&generation.hash, at(1)).await.unwrap();
        unit.commit().await.unwrap();
        won
    })
    .await;
    assert_eq!(winners(&won), 1);
}
