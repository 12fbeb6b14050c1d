//! Thirty callers at once on accounts of users, their limits and their end.

use chrono::TimeDelta;
use dashtam_domain::{
    identity::{DELETION_GRACE, PasswordHash, Quota, SecondFactorReset, User, UserFilter},
    page::Limit,
    store::{Admitted, Inserted, Storage, StoreError},
};

use crate::{
    builders::{self, at},
    storage::{
        begin,
        identity::account::administration::stored_with,
        races::{race, winners},
        stored_user,
    },
};

fn admitted(answers: &[Admitted], expected: usize) {
    let new = answers.iter().filter(|answer| **answer == Admitted::New).count();
    let full = answers.iter().filter(|answer| **answer == Admitted::Full).count();
    assert_eq!((new, full), (expected, answers.len() - expected), "{answers:?}");
}

/// Thirty connections at once end at exactly the limit.
pub async fn connections_at_once_end_at_exactly_the_limit(storage: &Storage) {
    let owner = stored_with(storage, |user| user.flags.device_limit = Quota::new(7).unwrap()).await.id;
    let answers = race(storage, |storage, number| async move {
        let mut unit = begin(&storage).await;
        let connection = builders::connection(owner, &number.to_string());
        let answer = unit.connections().insert_within_limit(&connection).await.unwrap();
        unit.commit().await.unwrap();
        answer
    })
    .await;
    admitted(&answers, 7);
    let stored = storage.queries.connections(owner, None, Limit::default()).await.unwrap();
    assert_eq!(stored.items.len(), 7);
}

/// Thirty want to be the first user, each with an address of its own: one is, and later ones are not.
pub async fn one_of_many_is_the_first_user(storage: &Storage) {
    let answers = race(storage, |storage, _| async move {
        let mut unit = begin(&storage).await;
        let answer = unit.users().insert_first(&builders::user()).await.unwrap();
        unit.commit().await.unwrap();
        answer
    })
    .await;
    assert_eq!(answers.iter().filter(|answer| **answer == Inserted::New).count(), 1);
    let stored = storage.queries.users(&UserFilter::default(), None, Limit::default()).await.unwrap();
    assert_eq!(stored.items.len(), 1);
    let mut unit = begin(storage).await;
    assert_eq!(unit.users().insert_first(&builders::user()).await.unwrap(), Inserted::Exists);
    unit.commit().await.unwrap();
}

/// Thirty sub-users at once end at exactly the limit.
pub async fn sub_users_at_once_end_at_exactly_the_limit(storage: &Storage) {
    let manager = stored_with(storage, |user| user.flags.user_limit = Quota::new(5).unwrap()).await.id;
    let answers = race(storage, |storage, _| async move {
        let user = User { managed_by: Some(manager), ..builders::user() };
        let mut unit = begin(&storage).await;
        let answer = unit.users().insert_sub_user(&user).await.unwrap();
        unit.commit().await.unwrap();
        answer
    })
    .await;
    admitted(&answers, 5);
    let filter = UserFilter { managed_by: Some(manager), ..UserFilter::default() };
    let stored = storage.queries.users(&filter, None, Limit::default()).await.unwrap();
    assert_eq!(stored.items.len(), 5);
}

/// Two administrators, and thirty callers who demote the one or the other: exactly one is left.
pub async fn of_two_administrators_thirty_demotions_leave_one(storage: &Storage) {
    let mut pair = Vec::new();
    for _ in 0..2 {
        pair.push(stored_with(storage, |user| user.administrator = true).await.id);
    }
    let demoted = race(storage, |storage, number| {
        let target = pair[number % 2];
        async move {
            let mut unit = begin(&storage).await;
            let others = unit.users().other_administrators(target, at(5)).await.unwrap();
            let mut user = unit.users().find(target).await.unwrap().unwrap();
            let before = user.standing(at(5));
            user.administrator = false;
            let after = user.standing(at(5));
            if after == before || User::is_missed(before, after, others) {
                return false;
            }
            unit.users().update(&mut user).await.unwrap();
            unit.commit().await.unwrap();
            true
        }
    })
    .await;
    assert_eq!(winners(&demoted), 1);
    let filter = UserFilter { administrator: Some(true), ..UserFilter::default() };
    let left = storage.queries.users(&filter, None, Limit::default()).await.unwrap();
    assert_eq!(left.items.len(), 1);
}

/// A reset that is due takes effect once, however many replicas look.
pub async fn one_of_many_takes_a_second_factor_reset(storage: &Storage) {
    let user = stored_user(storage).await.id;
    let mut unit = begin(storage).await;
    let reset = SecondFactorReset { user, requested_at: at(0), due_at: at(1) };
    unit.second_factor_resets().insert_if_absent(&reset).await.unwrap();
    unit.commit().await.unwrap();
    let taken = race(storage, |storage, _| async move {
        let mut unit = begin(&storage).await;
        unit.users().find(user).await.unwrap();
        let taken = unit.second_factor_resets().take(user, at(1)).await.unwrap();
        unit.commit().await.unwrap();
        taken
    })
    .await;
    assert_eq!(winners(&taken), 1);
}

/// Thirty accounts want one address: one gets it, and the others learn so without an error.
pub async fn one_of_many_moves_to_an_address(storage: &Storage) {
    let mut users = Vec::new();
    for _ in 0..30 {
        users.push(stored_user(storage).await);
    }
    let moved = race(storage, |storage, number| {
        let mut user = users[number].clone();
        async move {
            user.change_email("wanted@example.com".parse().unwrap(), at(1));
            let mut unit = begin(&storage).await;
            let moved = unit.users().update_email(&mut user).await.unwrap();
            unit.commit().await.unwrap();
            moved == Inserted::New
        }
    })
    .await;
    assert_eq!(winners(&moved), 1);
}

/// An account is erased by one worker.
pub async fn one_of_many_claims_an_erasure(storage: &Storage) {
    let mut user = stored_user(storage).await;
    user.schedule_deletion(at(0));
    let mut unit = begin(storage).await;
    unit.users().update(&mut user).await.unwrap();
    unit.commit().await.unwrap();
    let now = at(1).plus(DELETION_GRACE);
    let won = race(storage, |storage, _| async move {
        let mut unit = begin(&storage).await;
        let claimed = unit.erasure().claim_due(now, now.plus(TimeDelta::seconds(60))).await.unwrap();
        unit.commit().await.unwrap();
        claimed.is_some()
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
