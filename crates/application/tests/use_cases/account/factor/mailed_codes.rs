//! Codes by mail as the second factor: set up, checked, given up, and what they are worth.

use chrono::TimeDelta;
use dashtam_application::{
    factor::{ConfirmEmailCodes, DisableEmailCodes, EnrolEmailCodes, SecondFactorError},
    profile::{ArchiveItem, ExportArchive},
};
use dashtam_domain::{
    delivery::mail::MailContent,
    identity::{EmailChallenge, EmailCodes, FactorMethod, OneTimeCode, SecondFactorKind},
    secret::{SecretHash, SecretText},
};
use dashtam_testkit::{builders::id, fakes::FakeEmailCodes};

use super::password;
use crate::{
    account::{ADA, Flow, OTHER_PASSWORD, PASSWORD},
    world::assert_refused,
};

#[tokio::test]
async fn codes_by_mail_are_set_up_checked_and_given_up() {
    let (flow, ada) = Flow::with_ada().await;
    let factors = flow.dashtam.second_factors();
    let enrol = async || {
        let call = flow.really(&ada).await;
        factors.enrol_email(&call, EnrolEmailCodes).await
    };
    let confirm = async |code: &SecretText| {
        let call = flow.really(&ada).await;
        factors.confirm_email(&call, ConfirmEmailCodes { code: code.clone() }).await
    };
    let mailed = async || {
        flow.mails(ADA)
            .await
            .into_iter()
            .filter_map(|mail| match mail.content {
                MailContent::FactorCode { code, .. } => Some(code),
                _ => None,
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(enrol().await.unwrap(), flow.now().plus(TimeDelta::minutes(10)));
    assert_refused!(enrol().await, SecondFactorError::MailThrottled { seconds: 60 });
    let first = mailed().await.pop().unwrap();
    flow.wait(TimeDelta::seconds(61));
    enrol().await.unwrap();
    let second = mailed().await.pop().unwrap();
    assert_ne!(first.expose(), second.expose());
    assert_refused!(confirm(&first).await, SecondFactorError::InvalidCode);
    assert_refused!(flow.confirm(&ada, second.expose()).await, SecondFactorError::InvalidCode);
    assert_eq!(confirm(&second).await.unwrap().len(), 10);
    assert_refused!(confirm(&second).await, SecondFactorError::InvalidCode);
    assert_eq!(flow.status(&ada).await.kind, SecondFactorKind::Email);
    assert_refused!(enrol().await, SecondFactorError::AlreadyEnabled);

    // The code of a sign-in is bound to its challenge.
    let code = OneTimeCode::parse("482913").unwrap();
    let challenge = |number| {
        let hash = FakeEmailCodes.hash(number, &code);
        EmailChallenge { id: number, hash, expires_at: flow.now().plus(EmailChallenge::LIFETIME) }
    };
    let (own, method) = (id(), FactorMethod::Email);
    let show = async |code: &str, mailed| flow.show_mailed(&ada, method, code, mailed).await;
    show(" 482 913", Some(challenge(own))).await.unwrap();
    for (code, mailed) in [
        ("482914", Some(challenge(own))),
        ("482913", None),
        ("482913", Some(EmailChallenge { id: id(), ..challenge(own) })),
        ("482913", Some(EmailChallenge { hash: SecretHash::of("482913"), ..challenge(own) })),
        (
            "482913",
            Some(EmailChallenge { expires_at: flow.now().plus(-TimeDelta::seconds(1)), ..challenge(own) }),
        ),
    ] {
        assert_refused!(show(code, mailed).await, SecondFactorError::InvalidCode);
    }

    let disable = async |typed: &str| {
        let call = flow.really(&ada).await;
        factors.disable_email(&call, DisableEmailCodes { password: password(typed) }).await
    };
    assert_refused!(disable(OTHER_PASSWORD).await, SecondFactorError::WrongPassword);
    disable(PASSWORD).await.unwrap();
    assert_refused!(disable(PASSWORD).await, SecondFactorError::NotEnabled);
    assert_eq!(flow.user(ada.user).await.unwrap().second_factor, SecondFactorKind::None);
}

#[tokio::test]
async fn from_an_authenticator_to_codes_by_mail_is_a_downgrade() {
    let (flow, ada) = Flow::with_ada().await;
    let (key, _) = flow.with_totp(&ada).await;
    let factors = flow.dashtam.second_factors();
    factors.enrol_email(&flow.really(&ada).await, EnrolEmailCodes).await.unwrap();
    let mails = flow.mails(ADA).await;
    let code = mails.iter().rev().find_map(|mail| match &mail.content {
        MailContent::FactorCode { code, .. } => Some(code.clone()),
        _ => None,
    });
    let next = key.code(flow.step() + 1);
    flow.show(&ada, FactorMethod::Totp, next.expose()).await.unwrap();
    let request = ConfirmEmailCodes { code: code.unwrap() };
    factors.confirm_email(&flow.really(&ada).await, request).await.unwrap();
    let stored = flow.disk.storage.queries.second_factor(ada.user).await.unwrap().unwrap();
    assert_eq!((stored.totp_key, stored.totp_last_step), (None, None));
    let told = flow.mails(ADA).await.iter().any(|mail| {
        matches!(
            mail.content,
            MailContent::SecondFactorChanged {
                change: dashtam_domain::identity::FactorChange::Downgraded,
                ..
            }
        )
    });
    assert!(told);

    let mut archive = flow.dashtam.profile().export(&flow.by(&ada), ExportArchive).await.unwrap();
    let mut found = None;
    while let Some(page) = archive.next().await.unwrap() {
        for item in page {
            if let ArchiveItem::SecondFactor(status) = item {
                found = Some((status.kind, status.backup_codes_left));
            }
        }
    }
    assert_eq!(found, Some((SecondFactorKind::Email, 10)));
}

#[tokio::test]
async fn an_account_nobody_proved_gets_no_codes_by_mail() {
    let (flow, ada) = Flow::with_ada().await;
    let mut work = flow.disk.storage.store.begin().await.unwrap();
    let mut user = work.users().find(ada.user).await.unwrap().unwrap();
    user.email_verified_at = None;
    work.users().update(&mut user).await.unwrap();
    work.commit().await.unwrap();
    let call = flow.really(&ada).await;
    let refused = flow.dashtam.second_factors().enrol_email(&call, EnrolEmailCodes).await;
    assert_refused!(refused, SecondFactorError::NotVerified);
}
