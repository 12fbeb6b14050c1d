//! Second factors that were lost.

use chrono::TimeDelta;
use dashtam_application::administration::{
    AdministrationError, CancelSecondFactorReset, ResetDueSecondFactors, StartSecondFactorReset,
};
use dashtam_domain::{
    call::Call,
    identity::{AuditAction, SecondFactorKind, SecondFactorReset},
    secret::SecretText,
};

use super::{Flow, Person};
use crate::world::assert_refused;

const BOB: &str = "bob@example.com";

/// Ada is an administrator, and Bob has a second factor.
async fn flow() -> (Flow, Call, Person) {
    let (flow, ada) = Flow::with_ada().await;
    flow.alter(ada.user, |user| user.administrator = true).await;
    let bob = flow.another(BOB).await;
    flow.alter(bob.user, |user| user.second_factor = SecondFactorKind::Email).await;
    let call = flow.with_rights(&ada).await;
    (flow, call, bob)
}

async fn start(flow: &Flow, call: &Call, who: &Person) -> Result<SecondFactorReset, AdministrationError> {
    let request = StartSecondFactorReset { user: who.user };
    flow.dashtam.administration().start_second_factor_reset(call, request).await
}

async fn round(flow: &Flow) -> usize {
    let call = Call::system(flow.now());
    flow.dashtam.administration().reset_due_second_factors(&call, ResetDueSecondFactors).await.unwrap()
}

async fn keep(flow: &Flow, token: SecretText) -> Result<(), AdministrationError> {
    let request = CancelSecondFactorReset { token };
    flow.dashtam.administration().cancel_second_factor_reset(&flow.anonymous(), request).await
}

#[tokio::test]
async fn it_is_told_at_once_and_done_after_a_day() {
    let (flow, call, bob) = flow().await;
    let begun = start(&flow, &call, &bob).await.unwrap();
    assert_eq!(begun.due_at, flow.now().plus(TimeDelta::hours(24)));
    assert_eq!(flow.count(BOB, "SecondFactorResetRequested").await, 1);
    flow.wait(TimeDelta::hours(1));
    assert_eq!(start(&flow, &call, &bob).await.unwrap(), begun, "one at a time");
    flow.wait(TimeDelta::hours(23) + TimeDelta::microseconds(-1));
    assert_eq!(round(&flow).await, 0);
    assert_eq!(flow.user(bob.user).await.unwrap().second_factor, SecondFactorKind::Email);
    assert!(flow.is_signed_in(&bob).await);
    flow.wait(TimeDelta::microseconds(1));
    assert_eq!((round(&flow).await, round(&flow).await), (1, 0));
    assert_eq!(flow.user(bob.user).await.unwrap().second_factor, SecondFactorKind::None);
    assert!(!flow.is_signed_in(&bob).await);
    assert_eq!(flow.count(BOB, "SecondFactorReset").await, 1);
    let trail = flow.trail(bob.user).await;
    assert_eq!(
        trail[trail.len() - 2..],
        [AuditAction::SecondFactorResetRequested, AuditAction::SecondFactorReset]
    );
    assert_refused!(start(&flow, &call, &bob).await, AdministrationError::NoSecondFactor);
}

#[tokio::test]
async fn its_owner_keeps_it_by_the_mailed_link_once() {
    let (flow, call, bob) = flow().await;
    start(&flow, &call, &bob).await.unwrap();
    let token = flow.token(BOB, "SecondFactorResetRequested").await;
    let made_up = keep(&flow, SecretText::new("dsq_nothing")).await;
    assert_refused!(made_up, AdministrationError::InvalidToken);
    keep(&flow, token.clone()).await.unwrap();
    assert_refused!(keep(&flow, token).await, AdministrationError::InvalidToken);
    flow.wait(TimeDelta::hours(25));
    assert_eq!(round(&flow).await, 0);
    assert_eq!(flow.user(bob.user).await.unwrap().second_factor, SecondFactorKind::Email);
    assert_eq!(flow.trail(bob.user).await.last(), Some(&AuditAction::SecondFactorResetCancelled));
    start(&flow, &call, &bob).await.unwrap();
}
