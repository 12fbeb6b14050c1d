//! The outbox and kept answers.

use dashtam_domain::{
    delivery::idempotency::{Begun, Fingerprint, IdempotencyKey, StoredAnswer},
    event::DomainEvent,
    id::UserId,
    secret::SecretHash,
    store::Storage,
};

use super::{begin, stored_user};
use crate::builders::{self, at};

async fn push(storage: &Storage, event: DomainEvent, seconds: i64) -> dashtam_domain::id::OutboxId {
    let id = builders::outbox_id();
    let mut unit = begin(storage).await;
    unit.outbox().push(id, event, at(seconds)).await.unwrap();
    unit.commit().await.unwrap();
    id
}

fn event(user: UserId) -> DomainEvent {
    DomainEvent::VerificationRequested { user }
}

/// Held until the lease ends, gone when done.
pub async fn an_outbox_item_is_claimed_by_one_worker_at_a_time(storage: &Storage) {
    let user = stored_user(storage).await.id;
    let id = push(storage, event(user), 10).await;
    let mut unit = begin(storage).await;
    let outbox = unit.outbox();
    assert_eq!(outbox.claim(at(9), at(69), 10).await.unwrap(), []);
    let claimed = outbox.claim(at(10), at(70), 10).await.unwrap();
    assert_eq!(claimed.len(), 1);
    assert_eq!((claimed[0].id, &claimed[0].event), (id, &event(user)));
    assert_eq!((claimed[0].attempts, claimed[0].created_at), (0, at(10)));
    assert_eq!(outbox.claim(at(69), at(129), 10).await.unwrap(), []);
    assert_eq!(outbox.claim(at(70), at(130), 10).await.unwrap(), claimed);
    outbox.done(id).await.unwrap();
    outbox.done(id).await.unwrap();
    assert_eq!(outbox.claim(at(1_000), at(1_060), 10).await.unwrap(), []);
    unit.commit().await.unwrap();
}

/// Attempts are counted; the dead are kept and not offered.
pub async fn a_failed_item_comes_back_and_a_dead_one_does_not(storage: &Storage) {
    let user = stored_user(storage).await.id;
    let id = push(storage, DomainEvent::EmailVerified { user }, 0).await;
    let mut unit = begin(storage).await;
    let outbox = unit.outbox();
    for attempt in 0..3i32 {
        let now = i64::from(attempt) * 100;
        let claimed = outbox.claim(at(now), at(now + 60), 10).await.unwrap();
        assert_eq!((claimed.len(), claimed[0].attempts), (1, attempt));
        assert_eq!(claimed[0].event, DomainEvent::EmailVerified { user });
        outbox.failed(id, Some(at(now + 100)), "no connection").await.unwrap();
        assert_eq!(outbox.claim(at(now + 99), at(now + 159), 10).await.unwrap(), []);
    }
    outbox.failed(id, None, "refused").await.unwrap();
    assert_eq!(outbox.claim(at(1_000_000), at(1_000_060), 10).await.unwrap(), []);
    unit.commit().await.unwrap();
}

/// In order, no more than asked for.
pub async fn items_are_claimed_oldest_first_up_to_the_limit(storage: &Storage) {
    let user = stored_user(storage).await.id;
    let mut ids = Vec::new();
    for seconds in [5, 3, 4, 1, 2] {
        ids.push((seconds, push(storage, event(user), seconds).await));
    }
    ids.sort_unstable();
    let mut unit = begin(storage).await;
    let mut claimed = Vec::new();
    for _ in 0..4 {
        let batch = unit.outbox().claim(at(100), at(160), 2).await.unwrap();
        assert!(batch.len() <= 2);
        claimed.extend(batch.into_iter().map(|item| item.id));
    }
    assert_eq!(claimed, ids.into_iter().map(|(_, id)| id).collect::<Vec<_>>());
}

fn key(text: &str) -> IdempotencyKey {
    text.parse().unwrap()
}

fn fingerprint(text: &str) -> Fingerprint {
    Fingerprint(SecretHash::of(text))
}

/// Same key and request: the answer. Same key, other request: a mismatch. Another scope: another key.
pub async fn a_repeated_request_gets_the_first_answer(storage: &Storage) {
    let answer = StoredAnswer { status: 201, body: "{\"id\":\"…\"}".to_owned() };
    let mut unit = begin(storage).await;
    let requests = unit.idempotency();
    assert_eq!(requests.begin("a", &key("k"), fingerprint("x"), at(0)).await.unwrap(), Begun::Fresh);
    requests.finish("a", &key("k"), &answer).await.unwrap();
    unit.commit().await.unwrap();
    let mut unit = begin(storage).await;
    let requests = unit.idempotency();
    for (scope, name, said, expected) in [
        ("a", "k", "x", Begun::Replay(answer)),
        ("a", "k", "y", Begun::Mismatch),
        ("a", "K", "x", Begun::Fresh),
        ("b", "k", "y", Begun::Fresh),
    ] {
        assert_eq!(requests.begin(scope, &key(name), fingerprint(said), at(1)).await.unwrap(), expected);
    }
}

/// A unit that was committed without an answer leaves the key free, for any request.
pub async fn a_key_without_an_answer_is_free(storage: &Storage) {
    for said in ["x", "y"] {
        let mut unit = begin(storage).await;
        let begun = unit.idempotency().begin("a", &key("k"), fingerprint(said), at(0)).await.unwrap();
        assert_eq!(begun, Begun::Fresh);
        unit.commit().await.unwrap();
    }
}

/// A unit that failed leaves the key free.
pub async fn an_uncommitted_key_is_free(storage: &Storage) {
    let mut unit = begin(storage).await;
    unit.idempotency().begin("a", &key("k"), fingerprint("x"), at(0)).await.unwrap();
    let answer = StoredAnswer { status: 200, body: String::new() };
    unit.idempotency().finish("a", &key("k"), &answer).await.unwrap();
    drop(unit);
    let mut unit = begin(storage).await;
    let begun = unit.idempotency().begin("a", &key("k"), fingerprint("y"), at(1)).await.unwrap();
    assert_eq!(begun, Begun::Fresh);
}
