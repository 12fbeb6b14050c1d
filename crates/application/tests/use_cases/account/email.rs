//! Moving an account to another address, and back.

use chrono::TimeDelta;
use dashtam_application::{
    profile::{ConfirmEmail, ProfileError, RequestEmailChange, UndoEmailChange},
    recovery::{CompleteReset, RecoveryError, RequestReset},
    sign_in::PasswordSignInError,
};
use dashtam_domain::{
    identity::{AuditAction, EMAIL_UNDO, PlainPassword, Purpose},
    secret::{OpaqueSecret, SecretKind, SecretText},
};

use super::{ADA, Flow, OTHER_PASSWORD, PASSWORD, Person};
use crate::world::assert_refused;

const NEW: &str = "countess@example.com";

async fn ask(flow: &Flow, by: &Person, new: &str, password: &str) -> Result<(), ProfileError> {
    let password = PlainPassword::presented(password).unwrap();
    let request = RequestEmailChange { new_email: new.parse().unwrap(), password };
    flow.dashtam.profile().request_email_change(&flow.by(by), request).await
}

async fn confirm(flow: &Flow, token: SecretText) -> Result<(), ProfileError> {
    flow.dashtam.profile().confirm_email(&flow.anonymous(), ConfirmEmail { token }).await
}

async fn undo(flow: &Flow, token: SecretText) -> Result<(), ProfileError> {
    flow.dashtam.profile().undo_email_change(&flow.anonymous(), UndoEmailChange { token }).await
}

/// Ada's account has moved.
async fn moved() -> (Flow, Person) {
    let (flow, ada) = Flow::with_ada().await;
    ask(&flow, &ada, NEW, PASSWORD).await.unwrap();
    confirm(&flow, flow.token(NEW, "ConfirmEmail").await).await.unwrap();
    (flow, ada)
}

#[tokio::test]
async fn an_account_moves_when_the_new_address_is_proved() {
    let (flow, ada) = Flow::with_ada().await;
    assert_refused!(ask(&flow, &ada, NEW, "Wrong-Horse-7").await, ProfileError::WrongPassword);
    assert_refused!(ask(&flow, &ada, "ADA@Example.com", PASSWORD).await, ProfileError::SameEmail);
    ask(&flow, &ada, NEW, PASSWORD).await.unwrap();
    assert_eq!(flow.user(ada.user).await.unwrap().email.as_str(), ADA, "not yet");
    let token = flow.token(NEW, "ConfirmEmail").await;
    confirm(&flow, token.clone()).await.unwrap();
    assert_refused!(confirm(&flow, token).await, ProfileError::InvalidToken);
    assert_refused!(flow.sign_in(ADA, PASSWORD).await, PasswordSignInError::InvalidCredentials);
    flow.sign_in(NEW, PASSWORD).await.unwrap();
    assert!(flow.is_signed_in(&ada).await);
    assert_eq!(flow.count(ADA, "EmailChanged").await, 1, "the earlier address is told");
    let trail = flow.trail(ada.user).await;
    assert!(trail.contains(&AuditAction::EmailChangeRequested) && trail.contains(&AuditAction::EmailChanged));
}

#[tokio::test]
async fn a_link_to_the_new_address_works_for_two_hours_and_only_the_newest() {
    let (flow, ada) = Flow::with_ada().await;
    ask(&flow, &ada, "first@example.com", PASSWORD).await.unwrap();
    let first = flow.token("first@example.com", "ConfirmEmail").await;
    ask(&flow, &ada, NEW, PASSWORD).await.unwrap();
    let second = flow.token(NEW, "ConfirmEmail").await;
    assert_refused!(confirm(&flow, first).await, ProfileError::InvalidToken);
    flow.wait(TimeDelta::hours(2) + TimeDelta::microseconds(1));
    assert_refused!(confirm(&flow, second).await, ProfileError::InvalidToken);
    assert_eq!(flow.user(ada.user).await.unwrap().email.as_str(), ADA);
}

#[tokio::test]
async fn a_taken_address_is_told_to_its_owner_only() {
    let (flow, ada) = Flow::with_ada().await;
    flow.register(NEW).await;
    flow.verify(NEW).await;
    ask(&flow, &ada, NEW, PASSWORD).await.unwrap();
    assert_eq!(flow.count(NEW, "ConfirmEmail").await, 0);
    assert_eq!(flow.count(NEW, "AlreadyRegistered").await, 1);
}

#[tokio::test]
async fn uniqueness_is_decided_when_the_link_is_followed() {
    let (flow, ada) = Flow::with_ada().await;
    ask(&flow, &ada, NEW, PASSWORD).await.unwrap();
    let token = flow.token(NEW, "ConfirmEmail").await;
    flow.register(NEW).await;
    flow.verify(NEW).await;
    assert_refused!(confirm(&flow, token).await, ProfileError::EmailTaken);
    assert_eq!(flow.user(ada.user).await.unwrap().email.as_str(), ADA);
}

#[tokio::test]
async fn an_account_nobody_proved_does_not_hold_an_address() {
    let (flow, ada) = Flow::with_ada().await;
    flow.register(NEW).await;
    ask(&flow, &ada, NEW, PASSWORD).await.unwrap();
    confirm(&flow, flow.token(NEW, "ConfirmEmail").await).await.unwrap();
    assert_eq!(flow.sign_in(NEW, PASSWORD).await.unwrap().user.id, ada.user);
}

#[tokio::test]
async fn the_earlier_address_takes_a_change_back_with_everything_the_thief_had() {
    let (flow, ada) = moved().await;
    // The thief would cover the tracks: neither another change nor a squatter on the earlier address helps.
    assert_refused!(
        ask(&flow, &ada, "third@example.com", PASSWORD).await,
        ProfileError::EmailChangedLately(_)
    );
    flow.register(ADA).await;
    let token = flow.token(ADA, "EmailChanged").await;
    flow.wait(EMAIL_UNDO);
    undo(&flow, token.clone()).await.unwrap();
    assert_refused!(undo(&flow, token).await, ProfileError::InvalidToken);
    let user = flow.user(ada.user).await.unwrap();
    assert_eq!((user.email.as_str(), &user.password), (ADA, &None));
    assert!(!flow.is_signed_in(&ada).await);
    assert_refused!(flow.sign_in(ADA, PASSWORD).await, PasswordSignInError::InvalidCredentials);
    assert_refused!(flow.sign_in(NEW, PASSWORD).await, PasswordSignInError::InvalidCredentials);
    // The owner chooses a new password by the mail that came with it.
    let token = flow.token(ADA, "ResetPassword").await;
    let new_password = SecretText::new(OTHER_PASSWORD);
    flow.dashtam.recovery().complete(&flow.anonymous(), CompleteReset { token, new_password }).await.unwrap();
    assert_eq!(flow.sign_in(ADA, OTHER_PASSWORD).await.unwrap().user.id, ada.user);
    assert!(flow.trail(ada.user).await.contains(&AuditAction::EmailChangeUndone));
}

#[tokio::test]
async fn a_change_is_settled_after_seven_days() {
    let (flow, ada) = moved().await;
    let token = flow.token(ADA, "EmailChanged").await;
    flow.wait(EMAIL_UNDO + TimeDelta::microseconds(1));
    assert_refused!(undo(&flow, token).await, ProfileError::InvalidToken);
    ask(&flow, &ada, "third@example.com", PASSWORD).await.unwrap();
    assert_eq!(flow.count("third@example.com", "ConfirmEmail").await, 1);
}

#[tokio::test]
async fn links_mailed_to_the_earlier_address_stop_working() {
    let (flow, ada) = Flow::with_ada().await;
    flow.dashtam
        .recovery()
        .request(&flow.anonymous(), RequestReset { email: ADA.parse().unwrap() })
        .await
        .unwrap();
    let token = flow.token(ADA, "ResetPassword").await;
    ask(&flow, &ada, NEW, PASSWORD).await.unwrap();
    confirm(&flow, flow.token(NEW, "ConfirmEmail").await).await.unwrap();
    let new_password = SecretText::new(OTHER_PASSWORD);
    let reset = CompleteReset { token, new_password };
    assert!(flow.dashtam.recovery().complete(&flow.anonymous(), reset).await.is_err());
}

#[tokio::test]
async fn a_link_on_its_way_to_the_earlier_address_while_the_account_moves_is_worth_nothing() {
    let (flow, ada) = Flow::with_ada().await;
    let request = RequestReset { email: ADA.parse().unwrap() };
    flow.dashtam.recovery().request(&flow.anonymous(), request).await.unwrap();
    let token = flow.token(ADA, "ResetPassword").await;
    let hash = OpaqueSecret::parse(SecretKind::PasswordReset, token.expose()).unwrap().hash();
    let queries = &flow.disk.storage.queries;
    let mailed = queries.one_time_token(Purpose::PasswordReset, &hash, flow.now()).await.unwrap().unwrap();
    ask(&flow, &ada, NEW, PASSWORD).await.unwrap();
    confirm(&flow, flow.token(NEW, "ConfirmEmail").await).await.unwrap();
    // The delivery had looked the address up before the account moved, and makes the link work after it.
    let mut unit = flow.disk.storage.store.begin().await.unwrap();
    assert!(unit.one_time_tokens().issue(&mailed).await.unwrap());
    unit.commit().await.unwrap();
    let reset = CompleteReset { token, new_password: SecretText::new(OTHER_PASSWORD) };
    let refused = flow.dashtam.recovery().complete(&flow.anonymous(), reset).await;
    assert_refused!(refused, RecoveryError::InvalidToken);
    flow.sign_in(NEW, PASSWORD).await.unwrap();
}
