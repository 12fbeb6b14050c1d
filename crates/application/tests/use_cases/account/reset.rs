//! A new password by mail.

use chrono::TimeDelta;
use dashtam_application::{
    recovery::{CheckReset, CompleteReset, RecoveryError, RequestReset, ResetState},
    sign_in::PasswordSignInError,
};
use dashtam_domain::{
    identity::{AuditAction, PasswordRejection},
    secret::SecretText,
};
use dashtam_testkit::fakes::HashWork;

use super::{ADA, Flow, OTHER_PASSWORD, PASSWORD, stranger};
use crate::world::assert_refused;

async fn request(flow: &Flow, email: &str) {
    let request = RequestReset { email: email.parse().unwrap() };
    flow.dashtam.recovery().request(&flow.anonymous(), request).await.unwrap();
}

async fn complete(flow: &Flow, token: &SecretText, password: &str) -> Result<(), RecoveryError> {
    let request = CompleteReset { token: token.clone(), new_password: SecretText::new(password) };
    flow.dashtam.recovery().complete(&flow.anonymous(), request).await
}

async fn check(flow: &Flow, token: &SecretText) -> ResetState {
    flow.dashtam.recovery().check(&flow.anonymous(), CheckReset { token: token.clone() }).await.unwrap()
}

const NO: ResetState = ResetState { expires_at: None };

#[tokio::test]
async fn a_mailed_token_sets_a_new_password_once_and_ends_every_session() {
    let (flow, ada) = Flow::with_ada().await;
    while flow
        .sign_in_from(stranger(), None, ADA, "Wrong-Horse-7")
        .await
        .is_err_and(|error| matches!(error, PasswordSignInError::InvalidCredentials))
    {}
    request(&flow, ADA).await;
    let token = flow.token(ADA, "ResetPassword").await;
    let hour = flow.now().plus(TimeDelta::hours(1));
    assert_eq!(check(&flow, &token).await, ResetState { expires_at: Some(hour) });

    // What breaks the rule leaves the token as it is.
    assert_refused!(complete(&flow, &token, "short").await, RecoveryError::Weak(PasswordRejection::TooShort));
    let personal = complete(&flow, &token, "Lovelace-1").await;
    assert_refused!(personal, RecoveryError::Weak(PasswordRejection::Personal));
    assert_refused!(complete(&flow, &token, PASSWORD).await, RecoveryError::SamePassword);
    assert!(flow.is_signed_in(&ada).await);
    complete(&flow, &token, OTHER_PASSWORD).await.unwrap();

    assert!(!flow.is_signed_in(&ada).await);
    assert_eq!(check(&flow, &token).await, NO);
    assert_refused!(complete(&flow, &token, "Third-Horse-99").await, RecoveryError::InvalidToken);
    assert_refused!(flow.sign_in(ADA, PASSWORD).await, PasswordSignInError::InvalidCredentials);
    flow.sign_in_from(stranger(), None, ADA, OTHER_PASSWORD).await.expect("the lock is lifted");
    assert_eq!(flow.count(ADA, "PasswordChanged").await, 1);
    let trail = flow.trail(ada.user).await;
    let reset = [AuditAction::PasswordResetRequested, AuditAction::PasswordReset];
    assert!(trail.windows(2).any(|two| two == reset), "{trail:?}");
}

#[tokio::test]
async fn only_the_newest_token_works_and_only_for_an_hour() {
    let (flow, _) = Flow::with_ada().await;
    request(&flow, ADA).await;
    let older = flow.token(ADA, "ResetPassword").await;
    request(&flow, ADA).await;
    assert_eq!(flow.count(ADA, "ResetPassword").await, 1, "too soon for another mail");
    flow.wait(TimeDelta::seconds(60));
    request(&flow, ADA).await;
    let newer = flow.token(ADA, "ResetPassword").await;
    assert_eq!(check(&flow, &older).await, NO);
    assert_refused!(complete(&flow, &older, OTHER_PASSWORD).await, RecoveryError::InvalidToken);
    flow.wait(TimeDelta::minutes(60));
    assert!(check(&flow, &newer).await.expires_at.is_some(), "the last instant counts");
    flow.wait(TimeDelta::microseconds(1));
    assert_eq!(check(&flow, &newer).await, NO);
    assert_refused!(complete(&flow, &newer, OTHER_PASSWORD).await, RecoveryError::InvalidToken);
}

#[tokio::test]
async fn nobody_is_mailed_who_has_no_account_or_a_disabled_one() {
    let (flow, ada) = Flow::with_ada().await;
    let mut user = flow.user(ada.user).await.unwrap();
    user.is_active = false;
    let mut unit = flow.disk.storage.store.begin().await.unwrap();
    unit.users().update(&mut user).await.unwrap();
    unit.commit().await.unwrap();
    for email in [ADA, "nobody@example.com"] {
        request(&flow, email).await;
        assert_eq!(flow.count(email, "ResetPassword").await, 0);
    }
}

#[tokio::test]
async fn a_token_that_is_none_costs_no_hashing() {
    let flow = Flow::open().await;
    for token in ["", "dsp_x", "dsv_00000000000000000000000000000000000000000000yIZFS"] {
        let token = SecretText::new(token);
        assert_eq!(check(&flow, &token).await, NO);
        assert_refused!(complete(&flow, &token, OTHER_PASSWORD).await, RecoveryError::InvalidToken);
    }
    assert_eq!(flow.world.hasher.work(), [] as [HashWork; 0]);
}

#[tokio::test]
async fn whoever_resets_an_account_nobody_proved_owns_it() {
    let flow = Flow::open().await;
    // A stranger registered Ada's address and waits for her to prove it.
    flow.register(ADA).await;
    let prepared = flow.token(ADA, "VerifyEmail").await;
    request(&flow, ADA).await;
    let token = flow.token(ADA, "ResetPassword").await;
    complete(&flow, &token, OTHER_PASSWORD).await.unwrap();
    assert_refused!(flow.sign_in(ADA, PASSWORD).await, PasswordSignInError::InvalidCredentials);
    let ada = flow.sign_in(ADA, OTHER_PASSWORD).await.unwrap().user;
    assert!(ada.is_verified());
    assert!(flow.trail(ada.id).await.contains(&AuditAction::EmailVerified));
    let verify = dashtam_application::registration::VerifyEmail { token: prepared };
    assert!(flow.dashtam.registration().verify_email(&flow.anonymous(), verify).await.is_err());
}
