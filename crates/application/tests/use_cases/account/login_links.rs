//! Signing in by a mailed link.

use chrono::TimeDelta;
use dashtam_application::sign_in::{
    Holding, LinkSignInError, PasswordSignInError, RequestLoginLink, SignInStep, SignInWithLink, SignedIn,
};
use dashtam_domain::{
    identity::{Assurance, AuditAction, EndReason, FirstFactor, SecondFactorKind, User},
    secret::{OpaqueSecret, SecretText},
};
use dashtam_testkit::{builders, fakes::HashWork};

use super::{ADA, Flow, PASSWORD, stranger};
use crate::world::assert_refused;

async fn ask(flow: &Flow, email: &str, binding: Option<OpaqueSecret>) -> OpaqueSecret {
    let request = RequestLoginLink { email: email.parse().unwrap(), binding };
    flow.dashtam.link_sign_in().request_link(&flow.anonymous(), request).await.unwrap().binding
}

/// Asks, and reads the mail.
async fn link(flow: &Flow, email: &str) -> (SecretText, OpaqueSecret) {
    let binding = ask(flow, email, None).await;
    (flow.token(email, "LoginLink").await, binding)
}

async fn open(
    flow: &Flow,
    token: &SecretText,
    binding: Option<&OpaqueSecret>,
) -> Result<SignInStep, LinkSignInError> {
    let binding = binding.cloned();
    let link = SignInWithLink { token: token.clone(), binding, mark: None, holding: Holding::Tokens };
    flow.dashtam.link_sign_in().sign_in(&flow.anonymous(), link).await
}

async fn signed_in(flow: &Flow, token: &SecretText, binding: &OpaqueSecret) -> SignedIn {
    open(flow, token, Some(binding)).await.unwrap().signed_in().unwrap()
}

/// Writes the account as `change` leaves it.
async fn change(flow: &Flow, email: &str, change: impl FnOnce(&mut User)) {
    let mut unit = flow.disk.storage.store.begin().await.unwrap();
    let mut user = unit.users().find_by_email(&email.parse().unwrap()).await.unwrap().unwrap();
    change(&mut user);
    unit.users().update(&mut user).await.unwrap();
    unit.commit().await.unwrap();
}

#[tokio::test]
async fn a_link_signs_in_once_and_without_a_password() {
    let (flow, ada) = Flow::with_ada().await;
    let work = flow.world.hasher.work().len();
    let (token, binding) = link(&flow, ADA).await;
    let new = signed_in(&flow, &token, &binding).await;
    assert_eq!(new.user.id, ada.user);
    let stored = flow.disk.storage.queries.session(new.session).await.unwrap().unwrap().session;
    assert_eq!((stored.assurance, stored.authenticated_at), (Assurance::OneFactor, flow.now()));
    assert_refused!(open(&flow, &token, Some(&binding)).await, LinkSignInError::InvalidToken);
    assert!(flow.is_signed_in(&ada).await, "other sessions go on");
    assert_eq!(flow.world.hasher.work().len(), work);
    let trail = flow.trail(ada.user).await;
    let expected = [AuditAction::LoginLinkRequested, AuditAction::LoginSucceeded];
    assert!(trail.ends_with(&expected), "{trail:?}");
}

#[tokio::test]
async fn a_link_works_only_where_it_was_asked_for_and_stays_as_it_is_elsewhere() {
    let (flow, _) = Flow::with_ada().await;
    let (token, binding) = link(&flow, ADA).await;
    let other = ask(&flow, "nobody@example.com", None).await;
    assert_ne!(other.expose(), binding.expose());
    for wrong in [None, Some(&other)] {
        assert_refused!(open(&flow, &token, wrong).await, LinkSignInError::OpenedElsewhere);
    }
    signed_in(&flow, &token, &binding).await;
}

#[tokio::test]
async fn only_the_newest_link_works_and_only_for_a_quarter_of_an_hour() {
    let (flow, _) = Flow::with_ada().await;
    let (older, binding) = link(&flow, ADA).await;
    // Asked again too soon there is no mail, and what the client keeps still fits the first one.
    let kept = ask(&flow, ADA, Some(binding.clone())).await;
    assert_eq!(kept.expose(), binding.expose());
    assert_eq!(flow.count(ADA, "LoginLink").await, 1);
    flow.wait(TimeDelta::seconds(60));
    ask(&flow, ADA, Some(kept)).await;
    let newer = flow.token(ADA, "LoginLink").await;
    assert_eq!(flow.count(ADA, "LoginLink").await, 2);
    assert_refused!(open(&flow, &older, Some(&binding)).await, LinkSignInError::InvalidToken);
    flow.wait(TimeDelta::minutes(15));
    let late = TimeDelta::microseconds(1);
    flow.wait(late);
    assert_refused!(open(&flow, &newer, Some(&binding)).await, LinkSignInError::InvalidToken);
    flow.wait(-late);
    signed_in(&flow, &newer, &binding).await;
}

#[tokio::test]
async fn no_link_goes_to_an_account_that_may_not_be_signed_in_to_by_one() {
    let (flow, _) = Flow::with_ada().await;
    let past = builders::at(1);
    let ways: [fn(&mut User, dashtam_domain::time::Timestamp); 4] = [
        |user, _| user.is_active = false,
        |user, past| user.expires_at = Some(past),
        |user, _| user.administrator = true,
        |user, _| user.second_factor = SecondFactorKind::Email,
    ];
    let before = flow.user(flow.sign_in(ADA, PASSWORD).await.unwrap().user.id).await.unwrap();
    for way in ways {
        change(&flow, ADA, |user| way(user, past)).await;
        flow.wait(TimeDelta::days(1));
        ask(&flow, ADA, None).await;
        assert_eq!(flow.count(ADA, "LoginLink").await, 0);
        change(&flow, ADA, |user| {
            *user = User { revision: user.revision, ..before.clone() };
        })
        .await;
    }
    ask(&flow, "nobody@example.com", None).await;
    assert_eq!(flow.count("nobody@example.com", "LoginLink").await, 0);
    flow.wait(TimeDelta::days(1));
    ask(&flow, ADA, None).await;
    assert_eq!(flow.count(ADA, "LoginLink").await, 1);
}

#[tokio::test]
async fn the_state_of_the_account_is_looked_at_when_the_link_is_opened() {
    let (flow, ada) = Flow::with_ada().await;
    for (number, (way, code)) in [
        ((|user: &mut User| user.is_active = false) as fn(&mut User), "account-disabled"),
        (|user| user.expires_at = Some(builders::at(1)), "account-expired"),
        (|user| user.administrator = true, "first-factor-not-allowed"),
        (|user| user.second_factor = SecondFactorKind::Email, "first-factor-not-allowed"),
        (|user| user.deletion_due_at = Some(builders::at(9_999_999)), "deletion-scheduled"),
    ]
    .into_iter()
    .enumerate()
    {
        use dashtam_domain::fault::Fault;
        flow.wait(TimeDelta::days(1));
        let (token, binding) = link(&flow, ADA).await;
        assert_eq!(flow.count(ADA, "LoginLink").await, number + 1);
        let before = flow.user(ada.user).await.unwrap();
        change(&flow, ADA, way).await;
        assert_refused!(open(&flow, &token, None).await, LinkSignInError::OpenedElsewhere);
        let refused = open(&flow, &token, Some(&binding)).await.unwrap_err();
        assert_eq!(refused.code(), code);
        assert_refused!(open(&flow, &token, Some(&binding)).await, LinkSignInError::InvalidToken);
        change(&flow, ADA, |user| *user = User { revision: user.revision, ..before }).await;
        assert_eq!(flow.trail(ada.user).await.last(), Some(&AuditAction::LoginFailed));
    }
}

#[tokio::test]
async fn whoever_opens_a_link_to_an_account_nobody_proved_owns_it() {
    let flow = Flow::open().await;
    // A stranger registered Ada's address, set all there is to set, and waits for her to prove it.
    flow.register(ADA).await;
    let prepared = flow.token(ADA, "VerifyEmail").await;
    change(&flow, ADA, |user| user.second_factor = SecondFactorKind::Totp).await;
    let user = flow.disk.storage.queries.user_by_email(&ADA.parse().unwrap()).await.unwrap().unwrap();
    let foreign = builders::session(&user);
    let mut unit = flow.disk.storage.store.begin().await.unwrap();
    unit.sessions().insert(&foreign).await.unwrap();
    unit.commit().await.unwrap();

    let (token, binding) = link(&flow, ADA).await;
    let ada = signed_in(&flow, &token, &binding).await;
    assert!(ada.user.is_verified());
    let stored = flow.user(ada.user.id).await.unwrap();
    assert_eq!((stored.password, stored.second_factor), (None, SecondFactorKind::None));
    assert_refused!(flow.sign_in(ADA, PASSWORD).await, PasswordSignInError::InvalidCredentials);
    let ended = flow.disk.storage.queries.session(foreign.id).await.unwrap().unwrap().session.ended;
    assert_eq!(ended.map(|(_, reason)| reason), Some(EndReason::MailboxProved));
    let verify = dashtam_application::registration::VerifyEmail { token: prepared };
    assert!(flow.dashtam.registration().verify_email(&flow.anonymous(), verify).await.is_err());
    assert!(flow.trail(ada.user.id).await.contains(&AuditAction::EmailVerified));
}

#[tokio::test]
async fn an_account_with_a_second_factor_is_asked_for_it() {
    let (flow, ada) = Flow::with_ada().await;
    change(&flow, ADA, |user| user.second_factor = SecondFactorKind::Totp).await;
    let (token, binding) = link(&flow, ADA).await;
    let step = open(&flow, &token, Some(&binding)).await.unwrap();
    let SignInStep::Challenged(challenged) = step else { panic!("{step:?}") };
    assert_eq!(challenged.expires_in, 300);
    let kept = flow.disk.storage.queries.challenge(&challenged.token.hash()).await.unwrap().unwrap();
    assert_eq!((kept.user, kept.first_factor, kept.attempts), (ada.user, FirstFactor::LoginLink, 0));
    assert_eq!(flow.trail(ada.user).await.last(), Some(&AuditAction::SecondFactorAsked));
    assert_refused!(open(&flow, &token, Some(&binding)).await, LinkSignInError::InvalidToken);
}

#[tokio::test]
async fn strangers_who_guess_passwords_keep_nobody_from_a_link() {
    let (flow, _) = Flow::with_ada().await;
    while flow
        .sign_in_from(stranger(), None, ADA, "Wrong-Horse-7")
        .await
        .is_err_and(|error| matches!(error, PasswordSignInError::InvalidCredentials))
    {}
    let (token, binding) = link(&flow, ADA).await;
    signed_in(&flow, &token, &binding).await;
    flow.sign_in_from(stranger(), None, ADA, PASSWORD).await.expect("the link lifted what strangers spent");
}

#[tokio::test]
async fn a_token_that_is_none_asks_for_nothing() {
    let flow = Flow::open().await;
    let binding = ask(&flow, ADA, None).await;
    for token in ["", "dsl_x", "dsv_00000000000000000000000000000000000000000000yIZFS"] {
        let token = SecretText::new(token);
        assert_refused!(open(&flow, &token, Some(&binding)).await, LinkSignInError::InvalidToken);
    }
    assert_eq!(flow.world.hasher.work(), [] as [HashWork; 0]);
}
