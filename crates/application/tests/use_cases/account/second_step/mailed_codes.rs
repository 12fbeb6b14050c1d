//! Codes mailed for a sign-in: each for its own challenge, another after a pause, and so many a day.

use chrono::TimeDelta;
use dashtam_application::sign_in::{ResendCode, ResendError, SecondStepError};
use dashtam_domain::{
    identity::FactorMethod,
    secret::{OpaqueSecret, SecretKind, SecretText},
};

use super::{first_step, mailed, second_step, with_mailed_codes};
use crate::{account::ADA, world::assert_refused};

#[tokio::test]
async fn a_code_is_mailed_with_the_challenge_and_fits_no_other() {
    let (flow, _) = with_mailed_codes().await;
    let first = first_step(&flow).await;
    assert_eq!(first.methods, [FactorMethod::Email, FactorMethod::BackupCode]);
    let code = mailed(&flow).await;
    let other = first_step(&flow).await;
    let email = FactorMethod::Email;
    let foreign = second_step(&flow, &other, email, &code).await;
    assert_refused!(foreign, SecondStepError::InvalidSecondFactor { attempts_left: 4 });
    second_step(&flow, &first, email, &code).await.unwrap();
    assert_refused!(second_step(&flow, &first, email, &code).await, SecondStepError::ChallengeExpired);
}

#[tokio::test]
async fn another_code_is_mailed_after_a_pause_and_takes_the_place_of_the_last() {
    let (flow, _) = with_mailed_codes().await;
    let first = first_step(&flow).await;
    let older = mailed(&flow).await;
    let resend = async |token: &OpaqueSecret| {
        let request = ResendCode { token: SecretText::new(token.expose()) };
        flow.dashtam.second_step().resend_code(&flow.anonymous(), request).await
    };
    assert_refused!(resend(&first.token).await, ResendError::Throttled { seconds: 61 });
    flow.wait(TimeDelta::seconds(60));
    resend(&first.token).await.unwrap();
    let newer = mailed(&flow).await;
    assert_eq!(flow.count(ADA, "SignInCode").await, 2);
    let stale = second_step(&flow, &first, FactorMethod::Email, &older).await;
    assert_refused!(stale, SecondStepError::InvalidSecondFactor { attempts_left: 4 });
    flow.wait(TimeDelta::seconds(60));
    resend(&first.token).await.unwrap();
    flow.wait(TimeDelta::seconds(60));
    assert_refused!(resend(&first.token).await, ResendError::Throttled { .. });
    assert_eq!(flow.count(ADA, "SignInCode").await, 3);
    assert_ne!(mailed(&flow).await.expose(), newer.expose());
    second_step(&flow, &first, FactorMethod::Email, &mailed(&flow).await).await.unwrap();
    let unknown = OpaqueSecret::from_bytes(SecretKind::Challenge, &[9; 32]);
    for token in [&first.token, &unknown] {
        assert_refused!(resend(token).await, ResendError::ChallengeExpired);
    }
}

#[tokio::test]
async fn codes_by_mail_are_ten_a_day_and_then_a_backup_code_still_does() {
    let (flow, _) = with_mailed_codes().await;
    for _ in 0..10 {
        assert!(first_step(&flow).await.methods.contains(&FactorMethod::Email));
    }
    let first = first_step(&flow).await;
    assert_eq!(first.methods, [FactorMethod::BackupCode]);
    let request = ResendCode { token: SecretText::new(first.token.expose()) };
    let refused = flow.dashtam.second_step().resend_code(&flow.anonymous(), request).await;
    assert_refused!(refused, ResendError::NoCodeToSend);
    assert_eq!(flow.count(ADA, "SignInCode").await, 10);
}
