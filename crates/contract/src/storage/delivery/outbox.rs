//! The outbox.

use dashtam_domain::{
    delivery::{Attempt, Due, OutboxItem},
    event::DomainEvent,
    id::UserId,
    page::Limit,
    store::Storage,
};

use crate::{
    builders::{self, at},
    storage::{
        begin,
        races::{race, winners},
        stored_user,
    },
};

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
    assert_eq!((claimed[0].attempts, claimed[0].uncertain), (0, false));
    assert_eq!((claimed[0].held_until, claimed[0].created_at), (at(70), at(10)));
    assert_eq!(outbox.claim(at(69), at(129), 10).await.unwrap(), []);
    let again = outbox.claim(at(70), at(130), 10).await.unwrap();
    assert_eq!(again, [OutboxItem { held_until: at(130), ..claimed[0].clone() }], "a claim is no attempt");
    outbox.done(id).await.unwrap();
    outbox.done(id).await.unwrap();
    assert_eq!(outbox.claim(at(1_000), at(1_060), 10).await.unwrap(), []);
    unit.commit().await.unwrap();
}

/// What is due and held by nobody, with the oldest; the dead are counted apart.
pub async fn what_is_due_is_counted(storage: &Storage) {
    let due = async |seconds| storage.queries.mails_due(at(seconds)).await.unwrap();
    assert_eq!(due(1_000).await, (Due { count: 0, oldest: None }, 0));
    let user = stored_user(storage).await.id;
    for seconds in [30, 10, 20] {
        push(storage, event(user), seconds).await;
    }
    assert_eq!(due(9).await, (Due { count: 0, oldest: None }, 0));
    assert_eq!(due(20).await, (Due { count: 2, oldest: Some(at(10)) }, 0));
    let mut unit = begin(storage).await;
    let held = unit.outbox().claim(at(20), at(80), 1).await.unwrap();
    let attempt = Attempt::Undelivered;
    assert!(unit.outbox().failed(held[0].id, held[0].held_until, attempt, None, "no").await.unwrap());
    unit.commit().await.unwrap();
    assert_eq!(due(30).await, (Due { count: 2, oldest: Some(at(20)) }, 1));
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
        assert_eq!((claimed.len(), claimed[0].attempts, claimed[0].uncertain), (1, attempt, false));
        assert_eq!(claimed[0].event, DomainEvent::EmailVerified { user });
        assert!(outbox.begin_attempt(id, at(now + 60), at(now + 61)).await.unwrap());
        let again = Some(at(now + 100));
        assert!(outbox.failed(id, at(now + 61), Attempt::Undelivered, again, "no connection").await.unwrap());
        assert_eq!(outbox.claim(at(now + 99), at(now + 159), 10).await.unwrap(), []);
    }
    outbox.claim(at(300), at(360), 10).await.unwrap();
    assert!(outbox.begin_attempt(id, at(360), at(361)).await.unwrap());
    assert!(outbox.failed(id, at(361), Attempt::Undelivered, None, "refused").await.unwrap());
    assert_eq!(outbox.claim(at(1_000_000), at(1_000_060), 10).await.unwrap(), []);
    unit.commit().await.unwrap();
}

/// A worker whose hold ran out can neither begin an attempt nor say how one ended, but may say that it delivered.
pub async fn an_attempt_belongs_to_who_holds_the_item(storage: &Storage) {
    let user = stored_user(storage).await.id;
    let id = push(storage, event(user), 0).await;
    let mut unit = begin(storage).await;
    let outbox = unit.outbox();
    outbox.claim(at(0), at(60), 10).await.unwrap();
    outbox.claim(at(60), at(120), 10).await.unwrap();
    assert!(!outbox.begin_attempt(id, at(60), at(121)).await.unwrap());
    assert!(outbox.begin_attempt(id, at(120), at(130)).await.unwrap());
    assert_eq!(outbox.claim(at(129), at(189), 10).await.unwrap(), [], "the hold is counted anew");
    for held_until in [60, 120] {
        let late = outbox.failed(id, at(held_until), Attempt::Undelivered, None, "late").await.unwrap();
        assert!(!late);
    }
    outbox.done(id).await.unwrap();
    assert!(!outbox.failed(id, at(130), Attempt::Undelivered, None, "gone").await.unwrap());
    unit.commit().await.unwrap();
    assert_eq!(storage.queries.dead_letters(None, Limit::default()).await.unwrap().items, []);
}

/// Of thirty who send it again or remove it at once, one does something.
pub async fn one_of_many_takes_a_dead_letter(storage: &Storage) {
    let user = stored_user(storage).await.id;
    let id = push(storage, event(user), 10).await;
    let mut unit = begin(storage).await;
    let outbox = unit.outbox();
    assert_eq!(outbox.claim(at(10), at(70), 1).await.unwrap().len(), 1);
    assert!(outbox.begin_attempt(id, at(70), at(71)).await.unwrap());
    assert!(outbox.failed(id, at(71), Attempt::Undelivered, None, "550").await.unwrap());
    unit.commit().await.unwrap();
    let won = race(storage, |storage, number| async move {
        let mut unit = begin(&storage).await;
        let won = match number % 2 {
            0 => unit.outbox().revive(id, at(80)).await.unwrap(),
            _ => unit.outbox().bury(id).await.unwrap(),
        };
        unit.commit().await.unwrap();
        won
    })
    .await;
    assert_eq!(winners(&won), 1);
    assert_eq!(storage.queries.dead_letter(id).await.unwrap(), None);
}

/// After a crash, and after an answer that never came, it is known that the item may have been delivered.
pub async fn an_attempt_without_an_end_makes_an_item_uncertain(storage: &Storage) {
    let user = stored_user(storage).await.id;
    let id = push(storage, event(user), 0).await;
    let mut unit = begin(storage).await;
    let outbox = unit.outbox();
    outbox.claim(at(0), at(60), 10).await.unwrap();
    assert!(outbox.begin_attempt(id, at(60), at(70)).await.unwrap());
    // The program died.
    let claimed = outbox.claim(at(70), at(130), 10).await.unwrap();
    assert_eq!((claimed[0].attempts, claimed[0].uncertain), (1, true));
    assert!(outbox.begin_attempt(id, at(130), at(131)).await.unwrap());
    assert!(outbox.failed(id, at(131), Attempt::Uncertain, Some(at(200)), "no answer").await.unwrap());
    let claimed = outbox.claim(at(200), at(260), 10).await.unwrap();
    assert_eq!((claimed[0].attempts, claimed[0].uncertain), (2, true));
    // A refusal ends its own attempt only.
    assert!(outbox.begin_attempt(id, at(260), at(261)).await.unwrap());
    assert!(outbox.failed(id, at(261), Attempt::Undelivered, Some(at(300)), "busy").await.unwrap());
    let claimed = outbox.claim(at(300), at(360), 10).await.unwrap();
    assert_eq!((claimed[0].attempts, claimed[0].uncertain), (3, true));
    unit.commit().await.unwrap();
}

/// What was given up is listed, and can be tried again or removed, once.
pub async fn dead_letters_are_shown_revived_and_buried(storage: &Storage) {
    let user = stored_user(storage).await.id;
    let mut ids = Vec::new();
    for number in 0..3 {
        ids.push(push(storage, event(user), number).await);
    }
    ids.sort_unstable();
    let alive = push(storage, event(user), 500).await;
    let mut unit = begin(storage).await;
    let outbox = unit.outbox();
    assert_eq!(outbox.claim(at(10), at(70), 10).await.unwrap().len(), 3);
    for id in &ids {
        assert!(outbox.begin_attempt(*id, at(70), at(71)).await.unwrap());
        let attempt = if *id == ids[0] { Attempt::Uncertain } else { Attempt::Undelivered };
        assert!(outbox.failed(*id, at(71), attempt, None, "550 no such mailbox").await.unwrap());
    }
    unit.commit().await.unwrap();

    let first = storage.queries.dead_letters(None, Limit::new(2).unwrap()).await.unwrap();
    let rest = storage.queries.dead_letters(first.next, Limit::new(2).unwrap()).await.unwrap();
    assert_eq!((first.items.len(), rest.items.len(), rest.next), (2, 1, None));
    let shown: Vec<_> = first.items.iter().chain(&rest.items).map(|letter| letter.id).collect();
    assert_eq!(shown, ids);
    let letter = &first.items[0];
    assert_eq!((letter.event.as_str(), letter.user), (event(user).name(), user));
    assert_eq!((letter.attempts, letter.last_error.as_deref()), (1, Some("550 no such mailbox")));

    let found = storage.queries.dead_letter(letter.id).await.unwrap();
    assert_eq!(found.as_ref(), Some(letter));
    assert_eq!(storage.queries.dead_letter(alive).await.unwrap(), None, "it is not given up");
    assert_eq!(storage.queries.dead_letter(builders::outbox_id()).await.unwrap(), None);

    let mut unit = begin(storage).await;
    let outbox = unit.outbox();
    assert!(!outbox.revive(alive, at(80)).await.unwrap() && !outbox.bury(alive).await.unwrap());
    assert!(outbox.bury(ids[2]).await.unwrap() && !outbox.bury(ids[2]).await.unwrap());
    for id in &ids[..2] {
        assert!(outbox.revive(*id, at(80)).await.unwrap() && !outbox.revive(*id, at(80)).await.unwrap());
    }
    let mut claimed = outbox.claim(at(80), at(140), 10).await.unwrap();
    claimed.sort_by_key(|item| item.id);
    let facts: Vec<_> = claimed.iter().map(|item| (item.id, item.attempts, item.uncertain)).collect();
    assert_eq!(facts, [(ids[0], 1, true), (ids[1], 0, false)], "what may have arrived stays so");
    unit.commit().await.unwrap();
    assert_eq!(storage.queries.dead_letters(None, Limit::default()).await.unwrap().items, []);
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
