//! Races about second factors: thirty callers at once.

use dashtam_domain::{
    identity::{EnabledFactor, PendingFactor, SecondFactor},
    store::Storage,
};

use crate::builders::at;
use crate::storage::{
    begin,
    identity::factor::second_factor::{begun, codes, enabled, pending, stored, user_with_totp},
    races::{CALLERS, race, winners},
    stored_user,
};

/// One code of an authenticator is accepted once.
pub async fn one_of_many_spends_a_step(storage: &Storage) {
    let user = user_with_totp(storage).await;
    let won = race(storage, |storage, _| async move {
        let mut unit = begin(&storage).await;
        let used = unit.second_factors().use_totp_step(user, 11, at(20)).await.unwrap();
        unit.commit().await.unwrap();
        used
    })
    .await;
    assert_eq!(winners(&won), 1);
}

/// One backup code is accepted once, also where the codes are read again after a loss.
pub async fn one_of_many_uses_a_backup_code(storage: &Storage) {
    let user = user_with_totp(storage).await;
    let won = race(storage, |storage, number| async move {
        // Two of three callers have one code, the others another one.
        let entry = if number % 3 == 0 { "BB$hash of BB" } else { "AA$hash of AA" };
        let as_read = codes(&["AA", "BB", "CC"]);
        let mut unit = begin(&storage).await;
        let without = as_read.without(entry).unwrap();
        let mut used = unit.second_factors().use_backup_code(user, &as_read, &without, at(20)).await.unwrap();
        if !used {
            let now = unit.second_factors().find(user).await.unwrap().unwrap().backup_codes;
            if let Some(without) = now.without(entry) {
                used = unit.second_factors().use_backup_code(user, &now, &without, at(20)).await.unwrap();
            }
        }
        unit.commit().await.unwrap();
        (number % 3 == 0, used)
    })
    .await;
    for which in [true, false] {
        let of_this: Vec<_> = won.iter().filter(|(one, _)| *one == which).map(|(_, used)| *used).collect();
        assert_eq!(winners(&of_this), 1);
    }
    assert_eq!(stored(storage, user).await.backup_codes, codes(&["CC"]));
}

/// An enrolment is confirmed once, and the backup codes are those of the winner.
pub async fn one_of_many_confirms_an_enrolment(storage: &Storage) {
    let user = stored_user(storage).await.id;
    let pending = pending();
    begun(storage, user, &pending).await;
    let won = race(storage, |storage, number| {
        let id = pending.id;
        async move {
            let backup_codes = codes(&[&format!("{number:02}")]);
            let factor = EnabledFactor { backup_codes: backup_codes.clone(), ..enabled() };
            let mut unit = begin(&storage).await;
            let done = unit.second_factors().enable(user, id, &factor, at(20)).await.unwrap();
            unit.commit().await.unwrap();
            done.then_some(backup_codes)
        }
    })
    .await;
    let won: Vec<_> = won.into_iter().flatten().collect();
    assert_eq!(won, [stored(storage, user).await.backup_codes]);
}

/// As many as there are tries, however many come at once.
pub async fn five_of_many_try_an_enrolment(storage: &Storage) {
    let user = stored_user(storage).await.id;
    begun(storage, user, &pending()).await;
    let tried = race(storage, |storage, _| async move {
        let mut unit = begin(&storage).await;
        let tried = unit.second_factors().try_pending(user, at(20)).await.unwrap();
        unit.commit().await.unwrap();
        tried.map(|pending| pending.tries)
    })
    .await;
    let mut tries: Vec<_> = tried.into_iter().flatten().collect();
    tries.sort_unstable();
    assert_eq!(tries, (1..=PendingFactor::TRIES).collect::<Vec<_>>());
}

/// The tenth locks, and nobody is counted after it.
pub async fn wrong_codes_at_once_are_counted_up_to_the_lock(storage: &Storage) {
    let user = user_with_totp(storage).await;
    let counted = race(storage, |storage, _| async move {
        let mut unit = begin(&storage).await;
        let failures = unit.second_factors().count_failure(user, at(20)).await.unwrap();
        unit.commit().await.unwrap();
        failures
    })
    .await;
    let refused = counted.iter().filter(|failures| failures.is_none()).count();
    let mut failures: Vec<_> = counted.into_iter().flatten().collect();
    failures.sort_unstable();
    assert_eq!(failures, (1..=SecondFactor::FAILURES).collect::<Vec<_>>());
    assert_eq!(refused, CALLERS - failures.len());
    let locked = stored(storage, user).await.locked_until;
    assert_eq!(locked, Some(at(20).plus(SecondFactor::LOCK)));
}
