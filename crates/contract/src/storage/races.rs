//! Thirty callers at once: one wins, and the others learn so without an error.

use std::{collections::HashSet, future::Future, sync::Arc};

use dashtam_domain::{
    connections::Busy,
    delivery::{
        Attempt,
        idempotency::{Begun, Fingerprint, StoredAnswer},
    },
    event::DomainEvent,
    identity::{EndReason, OneTimeToken, PasswordHash},
    page::Limit,
    secret::SecretHash,
    store::{Inserted, Storage, StoreError},
};
use tokio::sync::Barrier;

use super::{begin, store, stored_account, stored_connection, stored_user};
use crate::builders::{self, at, day};

/// How many.
pub const CALLERS: usize = 30;

/// Runs `call` in thirty tasks that start together; what each answered.
pub async fn race<T, F>(storage: &Storage, call: impl Fn(Storage, usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let start = Arc::new(Barrier::new(CALLERS));
    let tasks: Vec<_> = (0..CALLERS)
        .map(|number| {
            let (start, call) = (Arc::clone(&start), call(storage.clone(), number));
            tokio::spawn(async move {
                start.wait().await;
                call.await
            })
        })
        .collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.unwrap());
    }
    answers
}

/// How many of these callers won.
pub fn winners(answers: &[bool]) -> usize {
    answers.iter().filter(|won| **won).count()
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

/// A one-time token is redeemed once.
pub async fn one_of_many_redeems_a_one_time_token(storage: &Storage) {
    let user = stored_user(storage).await;
    let token = builders::one_time_token(&user);
    let mut unit = begin(storage).await;
    assert!(unit.one_time_tokens().issue(&token).await.unwrap());
    unit.commit().await.unwrap();
    let won = race(storage, |storage, _| {
        let token = token.clone();
        async move {
            let mut unit = begin(&storage).await;
            let user = unit.one_time_tokens().redeem(token.purpose, &token.hash, at(1)).await.unwrap();
            unit.commit().await.unwrap();
            user.is_some()
        }
    })
    .await;
    assert_eq!(winners(&won), 1);
}

/// An authorization state is redeemed once.
pub async fn one_of_many_redeems_an_authorization(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let connection = stored_connection(storage, owner, "Mine").await;
    let pending = builders::pending_authorization(&connection);
    let mut unit = begin(storage).await;
    unit.authorizations().replace(&pending).await.unwrap();
    unit.commit().await.unwrap();
    let won = race(storage, |storage, _| async move {
        let mut unit = begin(&storage).await;
        let found = unit.authorizations().redeem(&pending.state, at(1)).await.unwrap();
        unit.commit().await.unwrap();
        found.is_some()
    })
    .await;
    assert_eq!(winners(&won), 1);
}

/// An address is registered once.
pub async fn one_of_many_registers_an_address(storage: &Storage) {
    let email = builders::user().email;
    let won = race(storage, |storage, _| {
        let mut user = builders::user();
        user.email = email.clone();
        async move {
            let mut unit = begin(&storage).await;
            let inserted = unit.users().insert_if_absent(&user).await.unwrap();
            unit.commit().await.unwrap();
            inserted == Inserted::New
        }
    })
    .await;
    assert_eq!(winners(&won), 1);
}

/// An alias is taken once.
pub async fn one_of_many_takes_an_alias(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let won = race(storage, |storage, _| async move {
        let connection = builders::connection(owner, "Mine");
        let mut unit = begin(&storage).await;
        let inserted = unit.connections().insert_if_absent(&connection).await.unwrap();
        unit.commit().await.unwrap();
        inserted == Inserted::New
    })
    .await;
    assert_eq!(winners(&won), 1);
}

/// Many connections want the same new name.
pub async fn one_of_many_renames_to_an_alias(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let mut connections = Vec::new();
    for number in 0..CALLERS {
        connections.push(stored_connection(storage, owner, &format!("Number {number}")).await);
    }
    let won = race(storage, |storage, number| {
        let mut connection = connections[number].clone();
        async move {
            connection.rename("Wanted".parse().unwrap(), at(1));
            let mut unit = begin(&storage).await;
            let renamed = unit.connections().update(&mut connection).await.unwrap();
            unit.commit().await.unwrap();
            renamed == Inserted::New
        }
    })
    .await;
    assert_eq!(winners(&won), 1);
}

/// Everybody gets the one run that was queued.
pub async fn one_of_many_queues_a_run(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let connection = stored_connection(storage, owner, "Mine").await;
    let runs = race(storage, |storage, number| {
        let run = builders::sync_run(&connection, i64::try_from(number).unwrap());
        async move {
            let mut unit = begin(&storage).await;
            let open = unit.sync_runs().insert_if_idle(&run).await.unwrap();
            unit.commit().await.unwrap();
            (open.id == run.id, open)
        }
    })
    .await;
    assert_eq!(runs.iter().filter(|(own, _)| *own).count(), 1);
    assert!(runs.iter().all(|(_, run)| run.id == runs[0].1.id));
}

/// A run goes to one worker.
pub async fn one_of_many_claims_a_run(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let connection = stored_connection(storage, owner, "Mine").await;
    let mut unit = begin(storage).await;
    unit.sync_runs().insert_if_idle(&builders::sync_run(&connection, 0)).await.unwrap();
    unit.commit().await.unwrap();
    let won = race(storage, |storage, _| async move {
        let mut unit = begin(&storage).await;
        let run = unit.sync_runs().claim(at(1), at(31), &Busy::default()).await.unwrap();
        unit.commit().await.unwrap();
        run.is_some()
    })
    .await;
    assert_eq!(winners(&won), 1);
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

/// A password is swapped once.
pub async fn one_of_many_replaces_a_password(storage: &Storage) {
    let user = stored_user(storage).await;
    let old = user.password.clone().unwrap();
    let won = race(storage, |storage, number| {
        let old = old.clone();
        async move {
            let new = PasswordHash::new(format!("hash {number}"));
            let mut unit = begin(&storage).await;
            let won = unit.users().replace_password(user.id, &old, &new).await.unwrap();
            unit.commit().await.unwrap();
            won
        }
    })
    .await;
    assert_eq!(winners(&won), 1);
}

/// Of many copies of one revision, one is written and the rest are stale.
pub async fn one_of_many_updates_a_user(storage: &Storage) {
    let user = stored_user(storage).await;
    let won = race(storage, |storage, _| {
        let mut user = user.clone();
        async move {
            user.verified(at(1));
            let mut unit = begin(&storage).await;
            match unit.users().update(&mut user).await {
                Ok(()) => unit.commit().await.map(|()| true).unwrap(),
                Err(StoreError::Stale) => false,
                Err(error) => unreachable!("{error:?}"),
            }
        }
    })
    .await;
    assert_eq!(winners(&won), 1);
    assert_eq!(storage.queries.user(user.id).await.unwrap().unwrap().revision, 1);
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

/// Whatever the order in which tokens are issued, the one that was asked for last works.
pub async fn the_newest_of_many_issued_tokens_works(storage: &Storage) {
    let user = stored_user(storage).await;
    let token = |number: usize| OneTimeToken {
        hash: SecretHash::of(&format!("token {number}")),
        created_at: at(i64::try_from(number).unwrap()),
        ..builders::one_time_token(&user)
    };
    race(storage, |storage, number| {
        let token = token(number);
        async move {
            let mut unit = begin(&storage).await;
            unit.one_time_tokens().issue(&token).await.unwrap();
            unit.commit().await.unwrap();
        }
    })
    .await;
    let newest = token(CALLERS - 1);
    let found = storage.queries.one_time_token(newest.purpose, &newest.hash, at(1)).await.unwrap();
    assert_eq!(found, Some(newest));
}

/// Many see the same account at once; there is one.
pub async fn one_account_is_made_by_many_writers(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let ids = race(storage, |storage, _| async move {
        let mut unit = begin(&storage).await;
        let id = unit.accounts().upsert(&builders::file_account(owner, "1")).await.unwrap();
        unit.commit().await.unwrap();
        id
    })
    .await;
    assert!(ids.iter().all(|id| *id == ids[0]));
    assert_eq!(storage.queries.accounts(owner, None, None, Limit::default()).await.unwrap().items.len(), 1);
}

/// The same rows from many imports at once are stored once.
pub async fn one_of_many_adds_a_transaction(storage: &Storage) {
    let owner = stored_user(storage).await.id;
    let account = stored_account(storage, owner, "1").await;
    let added = race(storage, |storage, _| {
        let rows: Vec<_> =
            (0..20).map(|n| builders::transaction(&account, &format!("row {n}"), day(n))).collect();
        async move { store(&storage, &rows).await }
    })
    .await;
    assert_eq!(added.iter().sum::<u64>(), 20);
}
