//! An authenticator is set up and given up, within its limits and by a fresh session only.

use chrono::TimeDelta;
use dashtam_application::factor::{
    DisableEmailCodes, EnrolEmailCodes, EnrolTotp, ReplaceBackupCodes, SecondFactorError,
};
use dashtam_domain::{
    access::AccessDenied,
    identity::{Assurance, AuditAction, FactorMethod, SecondFactorKind},
};
use dashtam_testkit::fakes::HashWork;

use super::password;
use crate::{
    account::{ADA, Flow, PASSWORD},
    world::assert_refused,
};

#[tokio::test]
async fn an_authenticator_is_set_up_used_and_given_up() {
    let (flow, ada) = Flow::with_ada().await;
    let elsewhere = flow.person(ADA).await;
    let before = flow.status(&ada).await;
    assert_eq!((before.kind, before.enabled_at, before.backup_codes_left), (SecondFactorKind::None, None, 0));

    let key = flow.enrol(&ada).await;
    assert_eq!(flow.user(ada.user).await.unwrap().second_factor, SecondFactorKind::None, "not confirmed yet");
    assert!(flow.is_signed_in(&elsewhere).await);
    assert_refused!(flow.confirm(&ada, "000000").await, SecondFactorError::InvalidCode);
    let hashes = flow.world.hasher.work().len();
    let code = key.code(flow.step());
    let codes = flow.confirm(&ada, code.expose()).await.unwrap();
    assert_eq!(flow.world.hasher.work()[hashes..], [HashWork::Hash; 10]);
    assert_eq!(codes.len(), 10);
    let status = flow.status(&ada).await;
    assert_eq!((status.kind, status.backup_codes_left), (SecondFactorKind::Totp, 10));
    assert_eq!((status.enabled_at, status.backup_codes_created_at), (Some(flow.now()), Some(flow.now())));
    assert!(flow.is_signed_in(&ada).await && !flow.is_signed_in(&elsewhere).await);
    assert!(flow.world.cache.forgotten_users().contains(&ada.user));
    let session = flow.disk.storage.queries.session(ada.session).await.unwrap().unwrap().session;
    assert_eq!(session.assurance, Assurance::TwoFactors);
    assert_eq!(flow.count(ADA, "SecondFactorChanged").await, 1);

    // The code that confirmed is spent, and each further one works once.
    assert_refused!(flow.show(&ada, FactorMethod::Totp, code.expose()).await, SecondFactorError::InvalidCode);
    let next = key.code(flow.step() + 1);
    flow.show(&ada, FactorMethod::Totp, next.expose()).await.unwrap();
    assert_refused!(flow.show(&ada, FactorMethod::Totp, next.expose()).await, SecondFactorError::InvalidCode);
    flow.wait(TimeDelta::seconds(90));
    let now = key.code(flow.step());
    for (typed, method, shown) in [
        ("Wrong-Horse-7", FactorMethod::Totp, now.expose()),
        (PASSWORD, FactorMethod::Totp, "000000"),
        (PASSWORD, FactorMethod::BackupCode, now.expose()),
        (PASSWORD, FactorMethod::Email, now.expose()),
    ] {
        let refused = flow.disable(&ada, typed, method, shown).await;
        if typed == PASSWORD {
            assert_refused!(refused, SecondFactorError::InvalidCode);
        } else {
            assert_refused!(refused, SecondFactorError::WrongPassword);
        }
    }
    flow.disable(&ada, PASSWORD, FactorMethod::Totp, now.expose()).await.unwrap();
    assert_eq!(flow.status(&ada).await, before);
    assert_eq!(flow.disk.storage.queries.second_factor(ada.user).await.unwrap(), None);
    let again = flow.disable(&ada, PASSWORD, FactorMethod::Totp, now.expose()).await;
    assert_refused!(again, SecondFactorError::NotEnabled);
    assert_eq!(flow.count(ADA, "SecondFactorChanged").await, 2);
    let trail = flow.trail(ada.user).await;
    for action in [
        AuditAction::SecondFactorEnrolled,
        AuditAction::SecondFactorEnabled,
        AuditAction::SecondFactorFailed,
        AuditAction::SecondFactorDisabled,
    ] {
        assert!(trail.contains(&action), "{action:?}");
    }
}

#[tokio::test]
async fn an_enrolment_takes_five_codes_and_ten_minutes() {
    let (flow, ada) = Flow::with_ada().await;
    assert_refused!(flow.confirm(&ada, "123456").await, SecondFactorError::InvalidCode);
    let key = flow.enrol(&ada).await;
    for _ in 0..5 {
        assert_refused!(flow.confirm(&ada, "not a code").await, SecondFactorError::InvalidCode);
    }
    let code = key.code(flow.step());
    assert_refused!(flow.confirm(&ada, code.expose()).await, SecondFactorError::InvalidCode);
    let dropped = flow.disk.storage.queries.second_factor(ada.user).await.unwrap().unwrap();
    assert_eq!(dropped.pending, None);

    let key = flow.enrol(&ada).await;
    let newer = flow.enrol(&ada).await;
    assert_refused!(flow.confirm(&ada, key.code(flow.step()).expose()).await, SecondFactorError::InvalidCode);
    flow.wait(TimeDelta::seconds(601));
    assert_refused!(
        flow.confirm(&ada, newer.code(flow.step()).expose()).await,
        SecondFactorError::InvalidCode
    );
    let call = flow.really(&ada).await;
    let stale = flow.dashtam.second_factors().enrol_totp(&call, EnrolTotp).await;
    assert!(
        matches!(
            &stale,
            Err(SecondFactorError::Common(dashtam_application::errors::CommonError::Denied(
                AccessDenied::StepUpRequired
            )))
        ),
        "{stale:?}"
    );
    assert_eq!(flow.user(ada.user).await.unwrap().second_factor, SecondFactorKind::None);
}

#[tokio::test]
async fn a_stale_session_changes_nothing() {
    let (flow, ada) = Flow::with_ada().await;
    flow.with_totp(&ada).await;
    flow.wait(TimeDelta::seconds(301));
    let call = flow.really(&ada).await;
    let factors = flow.dashtam.second_factors();
    let step_up = |error: SecondFactorError| error.to_string();
    let expected = "Confirm who you are again, with every factor your account has.";
    assert_eq!(step_up(factors.enrol_totp(&call, EnrolTotp).await.unwrap_err()), expected);
    assert_eq!(step_up(factors.enrol_email(&call, EnrolEmailCodes).await.unwrap_err()), expected);
    assert_eq!(step_up(factors.replace_backup_codes(&call, ReplaceBackupCodes).await.unwrap_err()), expected);
    let request = DisableEmailCodes { password: password(PASSWORD) };
    assert_eq!(step_up(factors.disable_email(&call, request).await.unwrap_err()), expected);
}
