//! Kept answers: a repeated request gets the first one.

use dashtam_domain::{
    delivery::idempotency::{Begun, Fingerprint, IdempotencyKey, StoredAnswer},
    secret::SecretHash,
    store::Storage,
};

use crate::{builders::at, storage::begin};

fn fingerprint(text: &str) -> Fingerprint {
    Fingerprint(SecretHash::of(text))
}

fn key(text: &str) -> IdempotencyKey {
    text.parse().unwrap()
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
