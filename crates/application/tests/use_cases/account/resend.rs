//! The verification link once more.

use chrono::TimeDelta;
use dashtam_application::registration::{RegistrationError, ResendVerification, VerifyEmail};
use dashtam_domain::identity::MailKind;

use super::{ADA, Flow};
use crate::world::assert_refused;

async fn resend(flow: &Flow, email: &str) {
    let request = ResendVerification { email: email.parse().unwrap() };
    flow.dashtam.registration().resend_verification(&flow.anonymous(), request).await.unwrap();
}

#[tokio::test]
async fn a_link_is_mailed_once_a_minute_and_five_times_a_day_and_the_newest_works() {
    let flow = Flow::open().await;
    flow.register(ADA).await;
    let older = flow.token(ADA, "VerifyEmail").await;
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
    assert_refused!(verify(older).await, RegistrationError::InvalidToken);
    verify(flow.token(ADA, "VerifyEmail").await).await.unwrap();
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
