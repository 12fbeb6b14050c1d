//! Budgets of wrong passwords.

use chrono::TimeDelta;
use dashtam_domain::{
    identity::{MailKind, MailRule, SignInBudget},
    secret::SecretHash,
    store::Storage,
    time::Timestamp,
};

use crate::{
    builders::at,
    storage::{begin, stored_user},
};

/// Counts a wrong password in a unit of its own.
async fn wrong(storage: &Storage, subject: &SecretHash, now: Timestamp) -> Option<i32> {
    let mut unit = begin(storage).await;
    let counted = unit.sign_in_budgets().count_failure(subject, now).await.unwrap();
    unit.commit().await.unwrap();
    counted
}

async fn budget(storage: &Storage, subject: &SecretHash) -> Option<SignInBudget> {
    storage.queries.sign_in_budgets(&[*subject]).await.unwrap().pop()
}

/// Ten are counted, the rest refused until the lock ends; then counting begins anew.
pub async fn ten_wrong_passwords_spend_a_budget_for_an_hour(storage: &Storage) {
    let (subject, other) = (SecretHash::of("ada"), SecretHash::of("bob"));
    assert_eq!(budget(storage, &subject).await, None);
    for failures in 1..=10 {
        assert_eq!(wrong(storage, &subject, at(failures)).await, Some(i32::try_from(failures).unwrap()));
    }
    let spent = budget(storage, &subject).await.unwrap();
    assert_eq!((spent.failures, spent.last_at, spent.owner), (10, at(10), None));
    let end = at(10).plus(SignInBudget::LOCK);
    assert_eq!(spent.locked_until, Some(end));
    assert_eq!(wrong(storage, &subject, end.plus(-TimeDelta::microseconds(1))).await, None);
    assert_eq!(budget(storage, &subject).await, Some(spent), "a refused attempt is not counted");
    assert_eq!(wrong(storage, &other, at(11)).await, Some(1));
    assert_eq!(wrong(storage, &subject, end).await, Some(1));
    assert_eq!(budget(storage, &subject).await.unwrap().locked_until, None);
}

/// Failures with a day between them do not add up.
pub async fn wrong_passwords_are_forgotten_after_a_day(storage: &Storage) {
    let subject = SecretHash::of("ada");
    for _ in 0..9 {
        wrong(storage, &subject, at(0)).await;
    }
    let day_later = at(0).plus(SignInBudget::MEMORY);
    assert_eq!(wrong(storage, &subject, day_later.plus(TimeDelta::microseconds(1))).await, Some(1));
}

/// A success makes a budget whole, unless it is spent; lifting does so in any case.
pub async fn a_budget_is_restored_unless_it_is_spent(storage: &Storage) {
    let subject = SecretHash::of("ada");
    let restore = async |now| {
        let mut unit = begin(storage).await;
        let whole = unit.sign_in_budgets().restore(&subject, now).await.unwrap();
        unit.commit().await.unwrap();
        whole
    };
    assert!(restore(at(0)).await, "nothing was counted yet");
    for _ in 0..9 {
        wrong(storage, &subject, at(1)).await;
    }
    assert!(restore(at(2)).await);
    for failures in 1..=10 {
        assert_eq!(wrong(storage, &subject, at(3)).await, Some(failures));
    }
    assert!(!restore(at(4)).await);
    assert_eq!(wrong(storage, &subject, at(5)).await, None);
    let mut unit = begin(storage).await;
    unit.sign_in_budgets().lift(&subject).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(wrong(storage, &subject, at(6)).await, Some(1));
    for _ in 0..9 {
        wrong(storage, &subject, at(6)).await;
    }
    assert!(restore(at(6).plus(SignInBudget::LOCK)).await, "the lock is over");
}

/// The clients used last are known, each with a whole budget, and only their owner's are forgotten.
pub async fn known_clients_are_remembered_and_the_oldest_forgotten(storage: &Storage) {
    let (user, other) = (stored_user(storage).await, stored_user(storage).await);
    let client = |number: u32| SecretHash::of(&format!("client {number}"));
    for _ in 0..10 {
        wrong(storage, &client(0), at(0)).await;
    }
    for number in 0..SignInBudget::MOST_CLIENTS + 3 {
        let mut unit = begin(storage).await;
        let clients = [client(number), SecretHash::of("network and software")];
        unit.sign_in_budgets().remember(user.id, &clients, at(i64::from(number) + 1)).await.unwrap();
        unit.sign_in_budgets().remember(other.id, &[SecretHash::of("bob's")], at(1)).await.unwrap();
        unit.sign_in_budgets().remember(other.id, &[], at(1)).await.unwrap();
        unit.commit().await.unwrap();
        if number == 0 {
            let known = budget(storage, &client(0)).await.unwrap();
            assert_eq!((known.owner, known.failures, known.locked_until), (Some(user.id), 0, None));
        }
    }
    let found = async |subject: SecretHash| budget(storage, &subject).await.map(|budget| budget.owner);
    assert_eq!(found(SecretHash::of("network and software")).await, Some(Some(user.id)));
    assert_eq!(found(client(SignInBudget::MOST_CLIENTS + 2)).await, Some(Some(user.id)));
    assert_eq!(found(client(0)).await, None);
    let three = [client(4), client(5), SecretHash::of("bob's")];
    assert_eq!(storage.queries.sign_in_budgets(&three).await.unwrap().len(), 3);
    let mut unit = begin(storage).await;
    unit.sign_in_budgets().forget_clients(user.id).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(found(client(SignInBudget::MOST_CLIENTS)).await, None);
    assert_eq!(found(SecretHash::of("bob's")).await, Some(Some(other.id)));
}

/// What still means something stays.
pub async fn worn_out_budgets_are_purged(storage: &Storage) {
    let user = stored_user(storage).await;
    let (failed, client) = (SecretHash::of("failed"), SecretHash::of("client"));
    wrong(storage, &failed, at(0)).await;
    let mut unit = begin(storage).await;
    unit.sign_in_budgets().remember(user.id, &[client], at(0)).await.unwrap();
    let rule = MailRule { pause: TimeDelta::zero(), most: 1 };
    assert!(unit.mail_budgets().take(&failed, MailKind::Deletion, rule, at(0)).await.unwrap());
    unit.commit().await.unwrap();
    let after = |time: TimeDelta| at(1).plus(time);
    for (now, budgets, mails) in [
        (at(1), 0, 0),
        (after(SignInBudget::MEMORY), 1, 1),
        (after(SignInBudget::MEMORY), 0, 0),
        (after(SignInBudget::KNOWN_FOR), 1, 0),
    ] {
        let mut unit = begin(storage).await;
        assert_eq!(unit.sign_in_budgets().purge(now, 10).await.unwrap(), budgets);
        assert_eq!(unit.mail_budgets().purge(now, 10).await.unwrap(), mails);
        unit.commit().await.unwrap();
    }
}
