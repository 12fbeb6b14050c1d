//! A code works once, whatever is shown at the same time, and guessing ends.

use chrono::TimeDelta;
use dashtam_application::factor::{ReplaceBackupCodes, SecondFactorError};
use dashtam_domain::{
    delivery::mail::MailContent,
    identity::{AuditAction, FactorMethod, OneTimeCode},
    secret::SecretText,
};
use dashtam_testkit::fakes::HashWork;
use futures_util::future::join_all;

use super::shown;
use crate::{
    account::{ADA, Flow, PASSWORD},
    world::assert_refused,
};

#[tokio::test]
async fn a_backup_code_costs_one_hash_and_works_once() {
    let (flow, ada) = Flow::with_ada().await;
    let (_, codes) = flow.with_totp(&ada).await;
    let hashes = || flow.world.hasher.work().len();
    let before = hashes();
    let method = FactorMethod::BackupCode;
    flow.show(&ada, method, &shown(&codes[0]).to_lowercase()).await.unwrap();
    assert_eq!(flow.world.hasher.work()[before..], [HashWork::Verify]);
    assert_refused!(flow.show(&ada, method, &shown(&codes[0])).await, SecondFactorError::InvalidCode);
    let mut wrong = shown(&codes[1]);
    wrong.replace_range(18..19, if wrong.ends_with('0') { "1" } else { "0" });
    assert_refused!(flow.show(&ada, method, &wrong).await, SecondFactorError::InvalidCode);
    assert_refused!(flow.show(&ada, method, "not a code").await, SecondFactorError::InvalidCode);
    assert_eq!(
        flow.world.hasher.work()[before + 1..],
        [HashWork::Waste, HashWork::Verify],
        "one hash for each code, whether or not a selector matches"
    );
    for code in &codes[1..9] {
        flow.show(&ada, method, &shown(code)).await.unwrap();
    }
    assert_eq!(flow.status(&ada).await.backup_codes_left, 1);
    let mut told: Vec<_> = flow
        .mails(ADA)
        .await
        .iter()
        .filter_map(|mail| match mail.content {
            MailContent::BackupCodeUsed { left, few, .. } => Some((left, few)),
            _ => None,
        })
        .collect();
    // Several go out at once.
    told.sort_unstable();
    let expected: Vec<_> = (1..=9).map(|left| (left, left <= 2)).collect();
    assert_eq!(told, expected);

    let call = flow.really(&ada).await;
    let new = flow.dashtam.second_factors().replace_backup_codes(&call, ReplaceBackupCodes).await.unwrap();
    assert_eq!(flow.status(&ada).await.backup_codes_left, 10);
    assert_refused!(flow.show(&ada, method, &shown(&codes[9])).await, SecondFactorError::InvalidCode);
    flow.show(&ada, method, &shown(&new[9])).await.unwrap();
    assert!(flow.trail(ada.user).await.contains(&AuditAction::BackupCodesReplaced));
    flow.disable(&ada, PASSWORD, method, &shown(&new[0])).await.unwrap();
    let call = flow.really(&ada).await;
    let gone = flow.dashtam.second_factors().replace_backup_codes(&call, ReplaceBackupCodes);
    assert_refused!(gone.await, SecondFactorError::NotEnabled);
}

#[tokio::test]
async fn of_thirty_right_codes_at_once_one_is_accepted() {
    let (flow, ada) = Flow::with_ada().await;
    let (key, codes) = flow.with_totp(&ada).await;
    let code = key.code(flow.step() + 1);
    let backup = shown(&codes[4]);
    for (method, code) in [(FactorMethod::Totp, code.expose()), (FactorMethod::BackupCode, &*backup)] {
        // All are checked before any is consumed.
        let user = flow.user(ada.user).await.unwrap();
        let (call, code) = (flow.anonymous(), SecretText::new(code));
        let factors = flow.dashtam.second_factors();
        let checked = join_all((0..30).map(|_| factors.check(&call, &user, method, &code, None))).await;
        let mut used = 0;
        for accepted in checked {
            let mut work = flow.disk.storage.store.begin().await.unwrap();
            match factors.consume(&call, &mut *work, accepted.unwrap()).await {
                Ok(()) => {
                    work.commit().await.unwrap();
                    used += 1;
                }
                Err(error) => assert!(matches!(error, SecondFactorError::InvalidCode), "{error:?}"),
            }
        }
        assert_eq!(used, 1, "{method:?}");
    }
    assert_eq!(flow.status(&ada).await.backup_codes_left, 9);
}

#[tokio::test]
async fn a_right_code_that_is_not_committed_works_again() {
    let (flow, ada) = Flow::with_ada().await;
    let (key, _) = flow.with_totp(&ada).await;
    let code = key.code(flow.step() + 1);
    let user = flow.user(ada.user).await.unwrap();
    let (call, secret) = (flow.anonymous(), SecretText::new(code.expose()));
    let factors = flow.dashtam.second_factors();
    let accepted = factors.check(&call, &user, FactorMethod::Totp, &secret, None).await.unwrap();
    let mut work = flow.disk.storage.store.begin().await.unwrap();
    factors.consume(&call, &mut *work, accepted).await.unwrap();
    drop(work);
    flow.show(&ada, FactorMethod::Totp, code.expose()).await.unwrap();
}

#[tokio::test]
async fn guessing_is_told_at_the_fifth_and_locked_at_the_tenth() {
    let (flow, ada) = Flow::with_ada().await;
    let (key, codes) = flow.with_totp(&ada).await;
    flow.wait(TimeDelta::minutes(2));
    for attempt in 1..=10 {
        assert_eq!(flow.count(ADA, "SecondFactorGuessed").await, usize::from(attempt > 5));
        let wrong = OneTimeCode::of(attempt);
        assert_refused!(
            flow.show(&ada, FactorMethod::Totp, wrong.expose()).await,
            SecondFactorError::InvalidCode
        );
    }
    let right = |at| key.code(at);
    for (method, code) in [
        (FactorMethod::Totp, right(flow.step()).expose().to_owned()),
        (FactorMethod::BackupCode, shown(&codes[0])),
    ] {
        assert_refused!(flow.show(&ada, method, &code).await, SecondFactorError::InvalidCode);
    }
    assert_eq!(flow.count(ADA, "SecondFactorGuessed").await, 1);
    flow.wait(TimeDelta::minutes(15));
    flow.show(&ada, FactorMethod::Totp, right(flow.step()).expose()).await.unwrap();
    assert_eq!(flow.status(&ada).await.backup_codes_left, 10, "a refused code is not used up");
}
