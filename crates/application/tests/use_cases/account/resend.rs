//! The verification link once more.

use chrono::TimeDelta;
use dashtam_application::{
    delivery::AskedFor,
    registration::{RegistrationError, ResendVerification, VerifyEmail},
    sign_in::{PasswordSignInError, Refusal},
};
use dashtam_domain::identity::MailKind;

use super::{ADA, Flow, PASSWORD};
use crate::world::assert_refused;

async fn resend(flow: &Flow, email: &str) -> AskedFor {
    let request = ResendVerification { email: email.parse().unwrap() };
    flow.dashtam.registration().resend_verification(&flow.anonymous(), request).await.unwrap()
}

#[tokio::test]
async fn a_link_is_mailed_once_a_minute_and_five_times_a_day_and_any_works_until_one_is_used() {
    let flow = Flow::open().await;
    flow.register(ADA).await;
    let older = flow.token(ADA, "VerifyEmail").await;
    flow.wait(TimeDelta::seconds(30));
    resend(&flow, ADA).await;
    assert_eq!(flow.count(ADA, "VerifyEmail").await, 1, "too soon");
    for minutes in 1..10 {
        flow.wait(TimeDelta::seconds(60));
        resend(&flow, ADA).await;
        let expected = usize::min(5, minutes + 1);
        assert_eq!(flow.count(ADA, "VerifyEmail").await, expected);
    }
    let verify = |token| async {
        flow.dashtam.registration().verify_email(&flow.anonymous(), VerifyEmail { token }).await
    };
    let newest = flow.token(ADA, "VerifyEmail").await;
    verify(older.clone()).await.unwrap();
    for spent in [older, newest] {
        assert_refused!(verify(spent).await, RegistrationError::InvalidToken);
    }
    flow.wait(TimeDelta::days(2));
    resend(&flow, ADA).await;
    assert_eq!(flow.count(ADA, "VerifyEmail").await, 5, "it is verified");
}

#[tokio::test]
async fn every_address_is_counted_whether_or_not_somebody_has_it() {
    let flow = Flow::open().await;
    resend(&flow, "nobody@example.com").await;
    assert!(flow.mails("nobody@example.com").await.is_empty(), "and it is counted all the same");
    let subject = MailKind::subject(&"nobody@example.com".parse().unwrap());
    let kind = MailKind::Verification;
    let mut unit = flow.disk.storage.store.begin().await.unwrap();
    assert!(!unit.mail_budgets().take(&subject, kind, kind.rule(), flow.now()).await.unwrap());
}

#[tokio::test]
async fn signing_in_too_early_leaves_the_first_link_as_good_as_the_second() {
    for used in [0, 1] {
        let flow = Flow::open().await;
        flow.register(ADA).await;
        let first = flow.token(ADA, "VerifyEmail").await;
        flow.wait(TimeDelta::seconds(61));
        assert_refused!(
            flow.sign_in(ADA, PASSWORD).await,
            PasswordSignInError::Refused(Refusal::NotVerified)
        );
        assert_eq!(flow.count(ADA, "VerifyEmail").await, 2);
        let links = [first, flow.token(ADA, "VerifyEmail").await];
        let verify = |number: usize| {
            let request = VerifyEmail { token: links[number].clone() };
            async { flow.dashtam.registration().verify_email(&flow.anonymous(), request).await }
        };
        verify(used).await.unwrap();
        assert_refused!(verify(1 - used).await, RegistrationError::InvalidToken);
        flow.sign_in(ADA, PASSWORD).await.unwrap();
    }
}

#[tokio::test]
async fn a_link_of_a_registration_that_was_begun_over_proves_nothing() {
    let flow = Flow::open().await;
    flow.register(ADA).await;
    let first = flow.token(ADA, "VerifyEmail").await;
    flow.wait(TimeDelta::seconds(61));
    flow.register(ADA).await;
    let second = flow.token(ADA, "VerifyEmail").await;
    let verify = |token| async {
        flow.dashtam.registration().verify_email(&flow.anonymous(), VerifyEmail { token }).await
    };
    assert_refused!(verify(first).await, RegistrationError::InvalidToken);
    verify(second).await.unwrap();
}

#[tokio::test]
async fn asked_again_within_a_minute_it_says_when_and_stores_nothing() {
    let flow = Flow::open().await;
    for email in [ADA, "nobody@example.com"] {
        let next = flow.now().plus(TimeDelta::seconds(60));
        assert_eq!(resend(&flow, email).await, AskedFor { taken: true, next_at: next });
        flow.wait(TimeDelta::seconds(59));
        assert_eq!(resend(&flow, email).await, AskedFor { taken: false, next_at: next });
        flow.wait(TimeDelta::seconds(1));
        assert!(resend(&flow, email).await.taken);
    }
}
