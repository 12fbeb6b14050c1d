//! Wrong passwords: ten are answered, an owner's clients are not locked out by strangers, and nothing tells which
//! addresses are known.

use chrono::TimeDelta;
use dashtam_application::sign_in::PasswordSignInError;
use dashtam_domain::{
    call::ClientInfo,
    delivery::mail::MailContent,
    identity::{AuditAction, SignInBudget},
};

use super::{ADA, Flow, PASSWORD, stranger};
use crate::world::{assert_refused, client};

const WRONG: &str = "Wrong-Horse-7";

#[tokio::test]
async fn after_ten_wrong_passwords_a_known_and_an_unknown_address_are_refused_alike() {
    let (flow, ada) = Flow::with_ada().await;
    for email in [ADA, "nobody@example.com"] {
        for attempt in 0..10 {
            let result = flow.sign_in_from(stranger(), None, email, WRONG).await;
            assert!(
                matches!(result, Err(PasswordSignInError::InvalidCredentials)),
                "{email} {attempt}: {result:?}"
            );
        }
        for password in [WRONG, PASSWORD] {
            let result = flow.sign_in_from(stranger(), None, email, password).await;
            assert!(
                matches!(result, Err(PasswordSignInError::Throttled { seconds: 3_601 })),
                "{email}: {result:?}"
            );
        }
    }
    assert_eq!(flow.trail(ada.user).await.last(), Some(&AuditAction::SignInsRefused));
    let mails = flow.mails(ADA).await;
    let until = mails.iter().find_map(|mail| match mail.content {
        MailContent::SignInsRefused { until, .. } => Some(until),
        _ => None,
    });
    assert_eq!(until, Some(flow.now().plus(SignInBudget::LOCK)));

    flow.wait(TimeDelta::minutes(60));
    flow.sign_in_from(stranger(), None, ADA, PASSWORD).await.unwrap();
}

#[tokio::test]
async fn the_owner_is_told_once_a_day() {
    let (flow, _) = Flow::with_ada().await;
    for _ in 0..3 {
        for _ in 0..10 {
            assert_refused!(
                flow.sign_in_from(stranger(), None, ADA, WRONG).await,
                PasswordSignInError::InvalidCredentials
            );
        }
        flow.wait(TimeDelta::hours(2));
    }
    assert_eq!(flow.count(ADA, "SignInsRefused").await, 1);
}

#[tokio::test]
async fn a_success_makes_the_budget_whole() {
    let (flow, _) = Flow::with_ada().await;
    for _ in 0..3 {
        for _ in 0..9 {
            assert_refused!(
                flow.sign_in_from(stranger(), None, ADA, WRONG).await,
                PasswordSignInError::InvalidCredentials
            );
        }
        let other = ClientInfo { user_agent: Some("another".to_owned()), ..stranger() };
        flow.sign_in_from(other, None, ADA, PASSWORD).await.unwrap();
    }
}

#[tokio::test]
async fn strangers_do_not_lock_out_a_client_that_signed_in_before() {
    let (flow, _) = Flow::with_ada().await;
    let mark = flow.sign_in(ADA, PASSWORD).await.unwrap().mark;
    let lock = async || {
        while flow
            .sign_in_from(stranger(), None, ADA, WRONG)
            .await
            .is_err_and(|error| matches!(error, PasswordSignInError::InvalidCredentials))
        {}
    };
    // By network and software, as a program without cookies.
    lock().await;
    flow.sign_in(ADA, PASSWORD).await.unwrap();
    // By its mark, wherever it is now; it keeps the mark it has.
    lock().await;
    let moved = ClientInfo { address: Some([198, 51, 100, 7].into()), ..client() };
    let again = flow.sign_in_from(moved.clone(), Some(mark.clone()), ADA, PASSWORD).await.unwrap();
    assert_eq!(again.mark.expose(), mark.expose());
    // The owner's success lifts the lock for everybody.
    assert_refused!(
        flow.sign_in_from(stranger(), None, ADA, WRONG).await,
        PasswordSignInError::InvalidCredentials
    );
    // The mark is of this account only, and a made-up one is nobody's.
    lock().await;
    let unknown = ClientInfo { user_agent: Some("new".to_owned()), ..moved };
    let bob = flow.sign_in_from(unknown.clone(), Some(mark.clone()), "bob@example.com", PASSWORD).await;
    assert_refused!(bob, PasswordSignInError::InvalidCredentials);
    let refused = flow.sign_in_from(unknown, None, ADA, PASSWORD).await;
    assert_refused!(refused, PasswordSignInError::Throttled { .. });
}

#[tokio::test]
async fn a_known_client_has_ten_wrong_passwords_of_its_own_and_is_then_a_stranger() {
    let (flow, _) = Flow::with_ada().await;
    for _ in 0..10 {
        assert_refused!(flow.sign_in(ADA, WRONG).await, PasswordSignInError::InvalidCredentials);
    }
    assert_eq!(flow.count(ADA, "SignInsRefused").await, 0, "no stranger was refused");
    for _ in 0..10 {
        assert_refused!(flow.sign_in(ADA, WRONG).await, PasswordSignInError::InvalidCredentials);
    }
    assert_refused!(flow.sign_in(ADA, PASSWORD).await, PasswordSignInError::Throttled { .. });
    assert_eq!(flow.count(ADA, "SignInsRefused").await, 1);
}

#[tokio::test]
async fn a_client_is_forgotten_after_ninety_days() {
    let (flow, _) = Flow::with_ada().await;
    flow.wait(SignInBudget::KNOWN_FOR + TimeDelta::seconds(1));
    while flow
        .sign_in_from(stranger(), None, ADA, WRONG)
        .await
        .is_err_and(|error| matches!(error, PasswordSignInError::InvalidCredentials))
    {}
    assert_refused!(flow.sign_in(ADA, PASSWORD).await, PasswordSignInError::Throttled { .. });
}
