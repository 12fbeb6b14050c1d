//! The end of an account, and keeping it after all.

use chrono::TimeDelta;
use dashtam_application::{
    profile::{CancelDeletion, DeleteAccount, EraseDueAccount, ProfileError},
    sign_in::{PasswordSignInError, Refusal},
};
use dashtam_domain::{
    call::Call,
    connections::Revocation,
    identity::{AuditAction, DELETION_GRACE, PlainPassword},
    page::Limit,
    secret::SecretText,
};
use dashtam_testkit::{
    builders::{self, at},
    fakes::ProviderCall,
};

use super::{ADA, Flow, PASSWORD, Person};
use crate::{sync::sealed, world::assert_refused};

async fn delete(flow: &Flow, by: &Person, password: &str) -> Result<(), ProfileError> {
    let request = DeleteAccount { password: PlainPassword::presented(password).unwrap() };
    let due = flow.dashtam.profile().delete(&flow.by(by), request).await?;
    assert_eq!(due, flow.now().plus(DELETION_GRACE));
    Ok(())
}

async fn cancel(flow: &Flow, token: SecretText) -> Result<(), ProfileError> {
    flow.dashtam.profile().cancel_deletion(&flow.anonymous(), CancelDeletion { token }).await
}

async fn erase(flow: &Flow) -> bool {
    flow.dashtam.profile().erase_due(&Call::system(flow.now()), EraseDueAccount).await.unwrap()
}

#[tokio::test]
async fn an_account_that_was_given_up_can_be_kept_for_seven_days() {
    let (flow, ada) = Flow::with_ada().await;
    assert_refused!(delete(&flow, &ada, "Wrong-Horse-7").await, ProfileError::WrongPassword);
    assert!(flow.is_signed_in(&ada).await);
    delete(&flow, &ada, PASSWORD).await.unwrap();
    assert!(!flow.is_signed_in(&ada).await);
    assert_refused!(flow.sign_in(ADA, "Wrong-Horse-7").await, PasswordSignInError::InvalidCredentials);
    let first = flow.token(ADA, "DeletionScheduled").await;
    assert_refused!(
        flow.sign_in(ADA, PASSWORD).await,
        PasswordSignInError::Refused(Refusal::DeletionScheduled)
    );
    assert_eq!(flow.count(ADA, "DeletionScheduled").await, 2, "the mail is sent again");
    flow.wait(DELETION_GRACE);
    assert!(!erase(&flow).await, "the last instant is the owner's");
    let token = flow.token(ADA, "DeletionScheduled").await;
    cancel(&flow, token.clone()).await.unwrap();
    for used_up in [token, first] {
        assert_refused!(cancel(&flow, used_up).await, ProfileError::InvalidToken);
    }
    flow.wait(TimeDelta::days(1));
    assert!(!erase(&flow).await);
    flow.sign_in(ADA, PASSWORD).await.unwrap();
    let trail = flow.trail(ada.user).await;
    assert!(
        trail.contains(&AuditAction::DeletionScheduled) && trail.contains(&AuditAction::DeletionCancelled)
    );
}

#[tokio::test]
async fn an_account_is_erased_with_everything_but_its_trail_and_its_grants_are_revoked() {
    let (flow, ada) = Flow::with_ada().await;
    let mut connection = builders::connection(ada.user, "Mine");
    connection.linked(at(0));
    let account = builders::file_account(ada.user, "1");
    let mut credentials = sealed(&connection, "access", Some("refresh"));
    let mut unit = flow.disk.storage.store.begin().await.unwrap();
    unit.connections().insert_if_absent(&connection).await.unwrap();
    unit.credentials().put(&mut credentials).await.unwrap();
    unit.accounts().upsert(&account).await.unwrap();
    unit.commit().await.unwrap();
    flow.bank.will_revoke(Ok(Revocation::Done));
    delete(&flow, &ada, PASSWORD).await.unwrap();
    let token = flow.token(ADA, "DeletionScheduled").await;
    flow.wait(DELETION_GRACE + TimeDelta::microseconds(1));
    assert_refused!(cancel(&flow, token).await, ProfileError::InvalidToken);

    assert!(erase(&flow).await);
    assert!(!erase(&flow).await);
    assert!(matches!(flow.bank.calls().as_slice(), [ProviderCall::Revoke { .. }]), "{:?}", flow.bank.calls());
    assert_eq!(flow.user(ada.user).await, None);
    let queries = &flow.disk.storage.queries;
    assert!(queries.connections(ada.user, None, Limit::default()).await.unwrap().items.is_empty());
    assert!(queries.accounts(ada.user, None, None, Limit::default()).await.unwrap().items.is_empty());
    assert!(queries.all_sessions(ada.user, None, Limit::default()).await.unwrap().items.is_empty());
    let trail = flow.trail(ada.user).await;
    let ending = [AuditAction::DeletionScheduled, AuditAction::ConnectionRevoked, AuditAction::AccountErased];
    assert!(trail.ends_with(&ending), "{trail:?}");
    // The address is free again, and another account.
    flow.register(ADA).await;
    flow.verify(ADA).await;
    assert_ne!(flow.person(ADA).await.user, ada.user);
}

#[tokio::test]
async fn an_institution_that_does_not_answer_keeps_nobody() {
    let (flow, ada) = Flow::with_ada().await;
    let mut connection = builders::connection(ada.user, "Mine");
    connection.linked(at(0));
    let mut credentials = sealed(&connection, "access", None);
    let mut unit = flow.disk.storage.store.begin().await.unwrap();
    unit.connections().insert_if_absent(&connection).await.unwrap();
    unit.credentials().put(&mut credentials).await.unwrap();
    unit.commit().await.unwrap();
    flow.bank.will_revoke(Err(dashtam_domain::connections::ProviderError::Unavailable));
    delete(&flow, &ada, PASSWORD).await.unwrap();
    flow.wait(DELETION_GRACE + TimeDelta::seconds(1));
    assert!(erase(&flow).await);
    assert_eq!(flow.user(ada.user).await, None);
}
