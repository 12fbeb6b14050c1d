//! Thirty callers at the edges of budgets.

use dashtam_domain::{
    identity::{MailKind, OtherClient, SignInBudget},
    secret::SecretHash,
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

/// Thirty wrong passwords at once: exactly ten are counted.
pub async fn wrong_passwords_at_once_spend_a_budget_at_exactly_ten(storage: &Storage) {
    let subject = SecretHash::of("ada");
    let counted = race(storage, |storage, _| async move {
        let mut unit = begin(&storage).await;
        let counted = unit.sign_in_budgets().count_failure(&subject, at(1)).await.unwrap();
        unit.commit().await.unwrap();
        counted
    })
    .await;
    let mut numbers: Vec<i32> = counted.into_iter().flatten().collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=SignInBudget::FAILURES).collect::<Vec<_>>());
    let budget = storage.queries.sign_in_budgets(&[subject]).await.unwrap().pop().unwrap();
    assert_eq!((budget.failures, budget.locked_until), (10, Some(at(1).plus(SignInBudget::LOCK))));
}

/// No more mails than the rule allows, however many ask at once.
pub async fn mails_asked_for_at_once_are_as_many_as_the_rule_allows(storage: &Storage) {
    let subject = SecretHash::of("ada");
    for (kind, most) in [(MailKind::Verification, 1), (MailKind::EmailChange, 5)] {
        let taken = race(storage, |storage, _| async move {
            let mut unit = begin(&storage).await;
            let taken = unit.mail_budgets().take(&subject, kind, kind.rule(), at(1)).await.unwrap();
            unit.commit().await.unwrap();
            taken
        })
        .await;
        assert_eq!(winners(&taken), most, "{kind:?}");
    }
}

/// Sign-ins of one account at once remember their clients without standing in each other's way.
pub async fn many_remember_the_clients_of_one_account(storage: &Storage) {
    let user = stored_user(storage).await;
    race(storage, |storage, number| async move {
        let mut unit = begin(&storage).await;
        let user = unit.users().find(user.id).await.unwrap().unwrap();
        let shared = SecretHash::of("network and software");
        assert!(unit.sign_in_budgets().restore(&shared, at(1)).await.unwrap());
        let clients = [SecretHash::of(&format!("mark {number}")), shared];
        unit.sign_in_budgets().remember(user.id, &clients, at(1)).await.unwrap();
        unit.commit().await.unwrap();
    })
    .await;
    let shared = SecretHash::of("network and software");
    assert_eq!(storage.queries.sign_in_budgets(&[shared]).await.unwrap().len(), 1);
}

/// Another client that refreshes thirty times at once is new once.
pub async fn one_of_many_notes_another_client(storage: &Storage) {
    let session = builders::session(&stored_user(storage).await);
    let mut unit = begin(storage).await;
    unit.sessions().insert(&session).await.unwrap();
    unit.commit().await.unwrap();
    let won = race(storage, |storage, _| async move {
        let mut unit = begin(&storage).await;
        let noted = unit.sessions().note_other_client(session.id, &SecretHash::of("curl")).await.unwrap();
        unit.commit().await.unwrap();
        noted == OtherClient::First
    })
    .await;
    assert_eq!(winners(&won), 1);
}
