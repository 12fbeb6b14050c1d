//! Thirty callers at the edges of budgets, tokens, addresses and erasures.

use chrono::TimeDelta;
use dashtam_domain::{
    identity::{DELETION_GRACE, MailKind, OneTimeToken, OtherClient, Purpose, SignInBudget},
    secret::SecretHash,
    store::{Inserted, Storage},
};

use crate::builders::{self, at};
use crate::storage::{
    begin,
    races::{race, winners},
    stored_user,
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

/// A mailed token works once, whatever it is for.
pub async fn one_of_many_redeems_a_reset_token(storage: &Storage) {
    let user = stored_user(storage).await;
    let token = OneTimeToken { purpose: Purpose::PasswordReset, ..builders::one_time_token(&user) };
    let mut unit = begin(storage).await;
    assert!(unit.one_time_tokens().issue(&token).await.unwrap());
    unit.commit().await.unwrap();
    let won = race(storage, |storage, _| async move {
        let mut unit = begin(&storage).await;
        let redeemed =
            unit.one_time_tokens().redeem(Purpose::PasswordReset, &token.hash, at(1)).await.unwrap();
        unit.commit().await.unwrap();
        redeemed.is_some()
    })
    .await;
    assert_eq!(winners(&won), 1);
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

/// Several links of one purpose in several hands: one caller gets one of them.
pub async fn one_of_many_redeems_any_of_several_links(storage: &Storage) {
    let user = stored_user(storage).await;
    let tokens: Vec<OneTimeToken> = (0..3).map(|_| builders::one_time_token(&user)).collect();
    let mut unit = begin(storage).await;
    for token in &tokens {
        assert!(unit.one_time_tokens().issue(token).await.unwrap());
    }
    unit.commit().await.unwrap();
    let hashes: Vec<SecretHash> = tokens.iter().map(|token| token.hash).collect();
    let won = race(storage, move |storage, number| {
        let hash = hashes[number % hashes.len()];
        async move {
            let mut unit = begin(&storage).await;
            let purpose = Purpose::EmailVerification;
            let redeemed = unit.one_time_tokens().redeem(purpose, &hash, at(1)).await.unwrap();
            unit.commit().await.unwrap();
            redeemed.is_some()
        }
    })
    .await;
    assert_eq!(winners(&won), 1);
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
