//! Thirty callers at once on the outbox and on kept answers.

use std::collections::HashSet;

use dashtam_domain::{
    delivery::{
        Attempt,
        idempotency::{Begun, Fingerprint, StoredAnswer},
    },
    event::DomainEvent,
    retention::Outlived,
    secret::SecretHash,
    store::Storage,
};

use crate::{
    builders::{self, at},
    storage::{
        begin,
        delivery::retention::store_keys,
        races::{race, winners},
        stored_user,
    },
};

/// Purges of many replicas at once remove every row, each once, and fail nobody.
pub async fn many_purges_remove_each_row_once(storage: &Storage) {
    store_keys(storage, 100).await;
    let removed = race(storage, |storage, _| async move {
        let mut unit = begin(&storage).await;
        let what = Outlived::IdempotencyKeys;
        let removed = unit.retention().remove(what, at(2 * 86_400), 7).await.unwrap();
        unit.commit().await.unwrap();
        removed
    })
    .await;
    assert_eq!(removed.iter().sum::<u64>(), 100, "{removed:?}");
}

/// A request takes effect once, and the others wait for its answer.
pub async fn one_of_many_begins_a_request(storage: &Storage) {
    let begun = race(storage, |storage, number| async move {
        let (key, said) = ("key".parse().unwrap(), Fingerprint(SecretHash::of("request")));
        let mut unit = begin(&storage).await;
        let begun = unit.idempotency().begin("user", &key, said, at(0)).await.unwrap();
        if begun == Begun::Fresh {
            let answer = StoredAnswer { status: 201, body: number.to_string() };
            unit.idempotency().finish("user", &key, &answer).await.unwrap();
        }
        unit.commit().await.unwrap();
        (number, begun)
    })
    .await;
    let fresh: Vec<_> = begun.iter().filter(|(_, begun)| *begun == Begun::Fresh).collect();
    assert_eq!(fresh.len(), 1);
    let answer = Begun::Replay(StoredAnswer { status: 201, body: fresh[0].0.to_string() });
    assert!(begun.iter().all(|(_, begun)| *begun == Begun::Fresh || *begun == answer));
}

/// Thirty workers share a hundred items; each item goes to one.
pub async fn no_outbox_item_is_claimed_twice(storage: &Storage) {
    let user = stored_user(storage).await.id;
    let mut unit = begin(storage).await;
    for _ in 0..100 {
        let event = DomainEvent::VerificationRequested { user };
        unit.outbox().push(builders::outbox_id(), event, at(0)).await.unwrap();
    }
    unit.commit().await.unwrap();
    let claimed = race(storage, |storage, _| async move {
        let mut unit = begin(&storage).await;
        let items = unit.outbox().claim(at(1), at(61), 7).await.unwrap();
        unit.commit().await.unwrap();
        assert!(items.len() <= 7);
        items.into_iter().map(|item| item.id).collect::<Vec<_>>()
    })
    .await
    .concat();
    let distinct: HashSet<_> = claimed.iter().collect();
    assert_eq!(distinct.len(), claimed.len());
    assert_eq!(claimed.len(), 100);
}

/// An attempt is begun by one of those who believe they hold the item.
pub async fn one_of_many_begins_an_attempt(storage: &Storage) {
    let user = stored_user(storage).await.id;
    let id = builders::outbox_id();
    let mut unit = begin(storage).await;
    unit.outbox().push(id, DomainEvent::VerificationRequested { user }, at(0)).await.unwrap();
    unit.outbox().claim(at(0), at(60), 1).await.unwrap();
    unit.commit().await.unwrap();
    let won = race(storage, |storage, _| async move {
        let mut unit = begin(&storage).await;
        let won = unit.outbox().begin_attempt(id, at(60), at(61)).await.unwrap();
        unit.commit().await.unwrap();
        won
    })
    .await;
    assert_eq!(winners(&won), 1);
}

/// A dead letter is revived or buried by one.
pub async fn one_of_many_revives_a_dead_letter(storage: &Storage) {
    let user = stored_user(storage).await.id;
    let id = builders::outbox_id();
    let mut unit = begin(storage).await;
    unit.outbox().push(id, DomainEvent::VerificationRequested { user }, at(0)).await.unwrap();
    unit.outbox().claim(at(0), at(60), 1).await.unwrap();
    unit.outbox().begin_attempt(id, at(60), at(61)).await.unwrap();
    unit.outbox().failed(id, at(61), Attempt::Undelivered, None, "refused").await.unwrap();
    unit.commit().await.unwrap();
    let won = race(storage, |storage, number| async move {
        let mut unit = begin(&storage).await;
        let outbox = unit.outbox();
        let won = if number % 2 == 0 { outbox.revive(id, at(70)).await } else { outbox.bury(id).await };
        unit.commit().await.unwrap();
        won.unwrap()
    })
    .await;
    assert_eq!(winners(&won), 1);
}
