//! Second factors, on a real database: set up, checked, used once, guessed, and given up.

use chrono::TimeDelta;
use dashtam_application::{
    profile::{ArchiveItem, ExportArchive},
    second_factor::{
        ConfirmEmailCodes, ConfirmTotp, DisableEmailCodes, DisableTotp, EnrolEmailCodes, EnrolTotp,
        FactorStatus, GetFactorStatus, ReplaceBackupCodes, SecondFactorError,
    },
};
use dashtam_domain::{
    access::AccessDenied,
    call::{Call, Caller, Principal},
    delivery::mail::MailContent,
    identity::{
        Assurance, AuditAction, BackupCode, EmailChallenge, EmailCodes, FactorMethod, OneTimeCode,
        PlainPassword, TotpKey, TwoFactorType,
    },
    secret::{SecretHash, SecretText},
};
use dashtam_testkit::{
    builders::id,
    fakes::{FakeEmailCodes, HashWork},
};
use futures_util::future::join_all;

use super::{ADA, Flow, OTHER_PASSWORD, PASSWORD, Person};
use crate::world::{assert_refused, client};

type Outcome<T> = Result<T, SecondFactorError>;

fn password(text: &str) -> PlainPassword {
    PlainPassword::presented(text).unwrap()
}

impl Flow {
    /// A call by this person with the rights the session really has.
    async fn really(&self, person: &Person) -> Call {
        let found = self.disk.storage.queries.session(person.session).await.unwrap().unwrap();
        Call { client: client(), caller: Caller::User(Principal::of(&found)), ..Call::anonymous(self.now()) }
    }

    async fn enrol(&self, person: &Person) -> TotpKey {
        let call = self.really(person).await;
        let enrolment = self.dashtam.second_factors().enrol_totp(&call, EnrolTotp).await.unwrap();
        TotpKey::from_base32(enrolment.secret.expose()).unwrap()
    }

    fn step(&self) -> i64 {
        self.now().as_seconds() / 30
    }

    async fn confirm(&self, person: &Person, code: &str) -> Outcome<Vec<BackupCode>> {
        let call = self.really(person).await;
        let code = SecretText::new(code);
        self.dashtam.second_factors().confirm_totp(&call, ConfirmTotp { code }).await
    }

    /// Sets an authenticator up; its key and the backup codes.
    async fn with_totp(&self, person: &Person) -> (TotpKey, Vec<BackupCode>) {
        let key = self.enrol(person).await;
        let codes = self.confirm(person, key.code(self.step()).expose()).await.unwrap();
        (key, codes)
    }

    /// Checks a code and consumes it in a unit of its own.
    async fn show(&self, person: &Person, method: FactorMethod, code: &str) -> Outcome<()> {
        self.show_mailed(person, method, code, None).await
    }

    async fn show_mailed(
        &self,
        person: &Person,
        method: FactorMethod,
        code: &str,
        mailed: Option<EmailChallenge>,
    ) -> Outcome<()> {
        let (call, code) = (self.anonymous(), SecretText::new(code));
        let user = self.user(person.user).await.unwrap();
        let factors = self.dashtam.second_factors();
        let accepted = factors.check(&call, &user, method, &code, mailed).await?;
        assert_eq!(accepted.method(), method);
        let mut work = self.disk.storage.store.begin().await.unwrap();
        factors.consume(&call, &mut *work, accepted).await?;
        work.commit().await.unwrap();
        Ok(())
    }

    async fn status(&self, person: &Person) -> FactorStatus {
        let call = self.really(person).await;
        self.dashtam.second_factors().status(&call, GetFactorStatus).await.unwrap()
    }

    async fn disable(&self, person: &Person, typed: &str, method: FactorMethod, code: &str) -> Outcome<()> {
        let call = self.really(person).await;
        let request = DisableTotp { password: password(typed), method, code: SecretText::new(code) };
        self.dashtam.second_factors().disable_totp(&call, request).await
    }
}

fn shown(code: &BackupCode) -> String {
    code.shown().expose().to_owned()
}

#[tokio::test]
async fn an_authenticator_is_set_up_used_and_given_up() {
    let (flow, ada) = Flow::with_ada().await;
    let elsewhere = flow.person(ADA).await;
    let before = flow.status(&ada).await;
    assert_eq!((before.kind, before.enabled_at, before.backup_codes_left), (TwoFactorType::None, None, 0));

    let key = flow.enrol(&ada).await;
    assert_eq!(flow.user(ada.user).await.unwrap().two_factor, TwoFactorType::None, "not confirmed yet");
    assert!(flow.is_signed_in(&elsewhere).await);
    assert_refused!(flow.confirm(&ada, "000000").await, SecondFactorError::InvalidCode);
    let hashes = flow.world.hasher.work().len();
    let code = key.code(flow.step());
    let codes = flow.confirm(&ada, code.expose()).await.unwrap();
    assert_eq!(flow.world.hasher.work()[hashes..], [HashWork::Hash; 10]);
    assert_eq!(codes.len(), 10);
    let status = flow.status(&ada).await;
    assert_eq!((status.kind, status.backup_codes_left), (TwoFactorType::Totp, 10));
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
    assert_eq!(flow.user(ada.user).await.unwrap().two_factor, TwoFactorType::None);
}

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
    assert_eq!(flow.status(&ada).await.kind, TwoFactorType::Email);
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
    assert_eq!(flow.user(ada.user).await.unwrap().two_factor, TwoFactorType::None);
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
    assert_eq!(found, Some((TwoFactorType::Email, 10)));
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
