//! Sign-ins with a second factor, and sessions whose holders prove again who they are.

use chrono::TimeDelta;
use dashtam_application::{
    errors::CommonError,
    recovery::{CompleteReset, RequestReset},
    second_factor::{ConfirmTotp, EnrolTotp},
    sign_in::{
        AskStepUpCode, Challenged, Holding, ResendCode, ShownFactor, SignInError, SignInStep,
        SignInWithPassword, SignInWithSecondFactor, SignedIn, StepUp, StepUpError,
    },
    token_rotation::RotateUser,
};
use dashtam_domain::{
    access::AccessDenied,
    call::{Call, Caller, Principal},
    delivery::mail::MailContent,
    identity::{
        Assurance, AuditAction, BackupCode, FactorMethod, Identifier, PlainPassword, SecondFactor, TotpKey,
        Transport, TwoFactorType, User,
    },
    secret::{OpaqueSecret, SecretKind, SecretText},
};

use super::{ADA, Flow, OTHER_PASSWORD, PASSWORD, Person, stranger};
use crate::world::{assert_refused, client};

/// What Ada has at hand.
struct Factor {
    key: TotpKey,
    backup_codes: Vec<BackupCode>,
}

impl Factor {
    /// The code of the present step.
    fn code(&self, flow: &Flow) -> SecretText {
        self.key.code(flow.now().as_seconds().div_euclid(TotpKey::PERIOD)).into_secret()
    }

    /// A code that is never right.
    fn wrong(&self, flow: &Flow) -> SecretText {
        let right = self.code(flow);
        let wrong = ["000000", "111111", "222222", "333333"].into_iter().find(|wrong| {
            let step = flow.now().as_seconds().div_euclid(TotpKey::PERIOD);
            *wrong != right.expose() && (-1..=1).all(|by| self.key.code(step + by).expose() != *wrong)
        });
        SecretText::new(wrong.unwrap())
    }
}

/// Ada with an authenticator, whose first code is spent.
async fn with_totp() -> (Flow, Person, Factor) {
    let (flow, ada) = Flow::with_ada().await;
    let factors = flow.dashtam.second_factors();
    let enrolment = factors.enrol_totp(&flow.by(&ada), EnrolTotp).await.unwrap();
    let key = TotpKey::from_base32(enrolment.secret.expose()).unwrap();
    let mut factor = Factor { key, backup_codes: Vec::new() };
    let code = factor.code(&flow);
    factor.backup_codes = factors.confirm_totp(&flow.by(&ada), ConfirmTotp { code }).await.unwrap();
    (flow, ada, factor)
}

async fn first_step(flow: &Flow) -> Challenged {
    first_step_as(flow, Holding::Tokens).await
}

async fn first_step_as(flow: &Flow, holding: Holding) -> Challenged {
    let (email, password) = (ADA.parse().unwrap(), PlainPassword::presented(PASSWORD).unwrap());
    let request = SignInWithPassword { identifier: Identifier::Email(email), password, mark: None, holding };
    match flow.dashtam.sign_in().with_password(&flow.anonymous(), request).await.unwrap() {
        SignInStep::Challenged(challenged) => challenged,
        step => panic!("{step:?}"),
    }
}

async fn second_step(
    flow: &Flow,
    challenged: &Challenged,
    method: FactorMethod,
    code: &SecretText,
) -> Result<SignedIn, SignInError> {
    let request = SignInWithSecondFactor {
        token: SecretText::new(challenged.token.expose()),
        method,
        code: code.clone(),
        mark: None,
        may_hold_cookie: false,
    };
    flow.dashtam.sign_in().with_second_factor(&flow.anonymous(), request).await
}

async fn totp(flow: &Flow, challenged: &Challenged, code: &SecretText) -> Result<SignedIn, SignInError> {
    second_step(flow, challenged, FactorMethod::Totp, code).await
}

async fn change(flow: &Flow, change: impl FnOnce(&mut User)) {
    let mut unit = flow.disk.storage.store.begin().await.unwrap();
    let mut user = unit.users().find_by_email(&ADA.parse().unwrap()).await.unwrap().unwrap();
    change(&mut user);
    unit.users().update(&mut user).await.unwrap();
    unit.commit().await.unwrap();
}

#[tokio::test]
async fn password_and_code_begin_a_session_of_two_factors() {
    let (flow, ada, factor) = with_totp().await;
    let first = first_step(&flow).await;
    assert_eq!(first.methods, [FactorMethod::Totp, FactorMethod::BackupCode]);
    assert_eq!(first.expires_in, 300);
    // The code that confirmed the enrolment is spent.
    let spent = totp(&flow, &first, &factor.code(&flow)).await;
    assert_refused!(spent, SignInError::InvalidSecondFactor { attempts_left: 4 });
    flow.wait(TimeDelta::seconds(30));
    let code = factor.code(&flow);
    let signed_in = totp(&flow, &first, &code).await.unwrap();
    let stored = flow.disk.storage.queries.session(signed_in.session).await.unwrap().unwrap();
    assert_eq!((stored.session.assurance, stored.session.user), (Assurance::TwoFactors, ada.user));
    assert!(Principal::of(&stored).is_fresh(flow.now()));
    assert_refused!(totp(&flow, &first, &code).await, SignInError::ChallengeExpired);
    let again = first_step(&flow).await;
    assert_refused!(totp(&flow, &again, &code).await, SignInError::InvalidSecondFactor { attempts_left: 4 });
    let trail = flow.trail(ada.user).await;
    let steps =
        [AuditAction::SecondFactorFailed, AuditAction::LoginSucceeded, AuditAction::SecondFactorAsked];
    assert!(trail.windows(3).any(|three| three == steps), "{trail:?}");
}

#[tokio::test]
async fn a_backup_code_does_once_and_its_use_is_mailed() {
    let (flow, _, factor) = with_totp().await;
    let [first, second] = [first_step(&flow).await, first_step(&flow).await];
    let code = factor.backup_codes[3].shown();
    second_step(&flow, &first, FactorMethod::BackupCode, &code).await.unwrap();
    let again = second_step(&flow, &second, FactorMethod::BackupCode, &code).await;
    assert_refused!(again, SignInError::InvalidSecondFactor { attempts_left: 4 });
    assert_eq!(flow.count(ADA, "BackupCodeUsed").await, 1);
}

#[tokio::test]
async fn a_challenge_takes_five_codes_and_five_minutes() {
    let (flow, _, factor) = with_totp().await;
    let first = first_step(&flow).await;
    for left in (0..5).rev() {
        let wrong = totp(&flow, &first, &factor.wrong(&flow)).await;
        assert_refused!(wrong, SignInError::InvalidSecondFactor { attempts_left } if attempts_left == left);
    }
    flow.wait(TimeDelta::seconds(30));
    assert_refused!(totp(&flow, &first, &factor.code(&flow)).await, SignInError::ChallengeExpired);

    let late = first_step(&flow).await;
    flow.wait(TimeDelta::minutes(5) + TimeDelta::microseconds(1));
    assert_refused!(totp(&flow, &late, &factor.code(&flow)).await, SignInError::ChallengeExpired);
    let last = first_step(&flow).await;
    flow.wait(TimeDelta::minutes(5));
    totp(&flow, &last, &factor.code(&flow)).await.expect("the last instant counts");
    for token in ["", "dsm_x", "dsl_00000000000000000000000000000000000000000000yIZFS"] {
        let request = SignInWithSecondFactor {
            token: SecretText::new(token),
            method: FactorMethod::Totp,
            code: factor.code(&flow),
            mark: None,
            may_hold_cookie: true,
        };
        let refused = flow.dashtam.sign_in().with_second_factor(&flow.anonymous(), request).await;
        assert_refused!(refused, SignInError::ChallengeExpired);
    }
}

#[tokio::test]
async fn wrong_codes_lock_the_factor_over_all_challenges() {
    let (flow, _, factor) = with_totp().await;
    flow.wait(TimeDelta::seconds(30));
    for _ in 0..2 {
        let first = first_step(&flow).await;
        for _ in 0..5 {
            totp(&flow, &first, &factor.wrong(&flow)).await.unwrap_err();
        }
    }
    let first = first_step(&flow).await;
    let locked = totp(&flow, &first, &factor.code(&flow)).await;
    assert_refused!(locked, SignInError::InvalidSecondFactor { attempts_left: 4 });
    assert_eq!(flow.count(ADA, "SecondFactorGuessed").await, 1);
    flow.wait(SecondFactor::LOCK);
    totp(&flow, &first_step(&flow).await, &factor.code(&flow)).await.unwrap();
}

#[tokio::test]
async fn what_changes_in_between_makes_a_challenge_worthless() {
    let ways: [fn(&mut User); 4] = [
        |user| user.password = None,
        |user| user.token_version += 1,
        |user| user.email = "ada@elsewhere.example".parse().unwrap(),
        |user| user.two_factor = TwoFactorType::None,
    ];
    for way in ways {
        let (flow, _, factor) = with_totp().await;
        let first = first_step(&flow).await;
        change(&flow, way).await;
        flow.wait(TimeDelta::seconds(30));
        let refused = totp(&flow, &first, &factor.code(&flow)).await.unwrap_err();
        let expected = [
            SignInError::ChallengeExpired.to_string(),
            SignInError::InvalidSecondFactor { attempts_left: 4 }.to_string(),
        ];
        assert!(expected.contains(&refused.to_string()), "{refused:?}");
    }
    // By the use cases themselves.
    let (flow, ada, factor) = with_totp().await;
    let first = first_step(&flow).await;
    let rotate = RotateUser { user: ada.user, reason: "A key was in the wrong place".to_owned() };
    flow.dashtam.token_rotation().user(&flow.by(&ada), rotate).await.unwrap();
    flow.wait(TimeDelta::seconds(30));
    assert_refused!(totp(&flow, &first, &factor.code(&flow)).await, SignInError::ChallengeExpired);
}

#[tokio::test]
async fn a_reset_neither_keeps_a_challenge_nor_passes_the_factor_by() {
    let (flow, _, factor) = with_totp().await;
    let before = first_step(&flow).await;
    let request = RequestReset { email: ADA.parse().unwrap() };
    flow.dashtam.recovery().request(&flow.anonymous(), request).await.unwrap();
    let token = flow.token(ADA, "ResetPassword").await;
    let request = CompleteReset { token, new_password: SecretText::new(OTHER_PASSWORD) };
    flow.dashtam.recovery().complete(&flow.anonymous(), request).await.unwrap();
    flow.wait(TimeDelta::seconds(30));
    assert_refused!(totp(&flow, &before, &factor.code(&flow)).await, SignInError::ChallengeExpired);
    let request = SignInWithPassword {
        identifier: Identifier::Email(ADA.parse().unwrap()),
        password: PlainPassword::presented(OTHER_PASSWORD).unwrap(),
        mark: None,
        holding: Holding::Tokens,
    };
    let step = flow.dashtam.sign_in().with_password(&flow.anonymous(), request).await.unwrap();
    let SignInStep::Challenged(first) = step else { panic!("{step:?}") };
    totp(&flow, &first, &factor.code(&flow)).await.unwrap();
}

#[tokio::test]
async fn an_account_that_was_disabled_in_between_is_refused() {
    let (flow, ada, factor) = with_totp().await;
    let first = first_step(&flow).await;
    change(&flow, |user| user.is_active = false).await;
    flow.wait(TimeDelta::seconds(30));
    assert_refused!(totp(&flow, &first, &factor.code(&flow)).await, SignInError::Disabled);
    assert_eq!(flow.trail(ada.user).await.last(), Some(&AuditAction::LoginFailed));
}

#[tokio::test]
async fn a_client_is_known_after_the_second_step_only() {
    let (flow, _, factor) = with_totp().await;
    flow.wait(TimeDelta::seconds(30));
    let marked = totp(&flow, &first_step(&flow).await, &factor.code(&flow)).await.unwrap().mark;
    while flow
        .sign_in_from(stranger(), None, ADA, "Wrong-Horse-7")
        .await
        .is_err_and(|error| matches!(error, SignInError::InvalidCredentials))
    {}
    let somewhere = dashtam_domain::call::ClientInfo { user_agent: Some("Another/1".to_owned()), ..client() };
    let ask = async |mark: Option<OpaqueSecret>| {
        let (email, password) = (ADA.parse().unwrap(), PlainPassword::presented(PASSWORD).unwrap());
        let request = SignInWithPassword {
            identifier: Identifier::Email(email),
            password,
            mark,
            holding: Holding::Tokens,
        };
        let call = Call { client: somewhere.clone(), ..flow.anonymous() };
        flow.dashtam.sign_in().with_password(&call, request).await
    };
    assert_refused!(ask(None).await, SignInError::Throttled { .. });
    assert!(matches!(ask(Some(marked)).await, Ok(SignInStep::Challenged(_))));
    assert_refused!(ask(None).await, SignInError::Throttled { .. });
}

#[tokio::test]
async fn a_challenge_keeps_how_the_session_is_to_be_held() {
    let (flow, _, factor) = with_totp().await;
    flow.wait(TimeDelta::seconds(30));
    let first = first_step_as(&flow, Holding::Cookie { long_lived: true }).await;
    let code = factor.code(&flow);
    // A page of another site may not have its visitors signed in.
    assert_refused!(totp(&flow, &first, &code).await, SignInError::ForeignPage);
    let request = SignInWithSecondFactor {
        token: SecretText::new(first.token.expose()),
        method: FactorMethod::Totp,
        code,
        mark: None,
        may_hold_cookie: true,
    };
    let done = flow.dashtam.sign_in().with_second_factor(&flow.anonymous(), request).await.unwrap();
    assert!(done.tokens().is_none());
    let stored = flow.disk.storage.queries.session(done.session).await.unwrap().unwrap().session;
    assert_eq!((stored.transport, stored.long_lived), (Transport::Cookie, true));
}

/// Ada gets her codes by mail.
async fn with_mailed_codes() -> (Flow, Person) {
    let (flow, ada, _) = with_totp().await;
    change(&flow, |user| user.two_factor = TwoFactorType::Email).await;
    (flow, ada)
}

/// The newest code that was mailed.
async fn mailed(flow: &Flow) -> SecretText {
    let mails = flow.mails(ADA).await;
    let code = mails.into_iter().rev().find_map(|mail| match mail.content {
        MailContent::SignInCode { code, .. } => Some(code),
        _ => None,
    });
    code.expect("a code was mailed")
}

#[tokio::test]
async fn a_code_is_mailed_with_the_challenge_and_fits_no_other() {
    let (flow, _) = with_mailed_codes().await;
    let first = first_step(&flow).await;
    assert_eq!(first.methods, [FactorMethod::Email, FactorMethod::BackupCode]);
    let code = mailed(&flow).await;
    let other = first_step(&flow).await;
    let email = FactorMethod::Email;
    let foreign = second_step(&flow, &other, email, &code).await;
    assert_refused!(foreign, SignInError::InvalidSecondFactor { attempts_left: 4 });
    second_step(&flow, &first, email, &code).await.unwrap();
    assert_refused!(second_step(&flow, &first, email, &code).await, SignInError::ChallengeExpired);
}

#[tokio::test]
async fn another_code_is_mailed_after_a_pause_and_takes_the_place_of_the_last() {
    let (flow, _) = with_mailed_codes().await;
    let first = first_step(&flow).await;
    let older = mailed(&flow).await;
    let resend = async |token: &OpaqueSecret| {
        let request = ResendCode { token: SecretText::new(token.expose()) };
        flow.dashtam.sign_in().resend_code(&flow.anonymous(), request).await
    };
    assert_refused!(resend(&first.token).await, SignInError::ResendThrottled { seconds: 61 });
    flow.wait(TimeDelta::seconds(60));
    resend(&first.token).await.unwrap();
    let newer = mailed(&flow).await;
    assert_eq!(flow.count(ADA, "SignInCode").await, 2);
    let stale = second_step(&flow, &first, FactorMethod::Email, &older).await;
    assert_refused!(stale, SignInError::InvalidSecondFactor { attempts_left: 4 });
    flow.wait(TimeDelta::seconds(60));
    resend(&first.token).await.unwrap();
    flow.wait(TimeDelta::seconds(60));
    assert_refused!(resend(&first.token).await, SignInError::ResendThrottled { .. });
    assert_eq!(flow.count(ADA, "SignInCode").await, 3);
    assert_ne!(mailed(&flow).await.expose(), newer.expose());
    second_step(&flow, &first, FactorMethod::Email, &mailed(&flow).await).await.unwrap();
    let unknown = OpaqueSecret::from_bytes(SecretKind::Challenge, &[9; 32]);
    for token in [&first.token, &unknown] {
        assert_refused!(resend(token).await, SignInError::ChallengeExpired);
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
    let refused = flow.dashtam.sign_in().resend_code(&flow.anonymous(), request).await;
    assert_refused!(refused, SignInError::NoCodeToSend);
    assert_eq!(flow.count(ADA, "SignInCode").await, 10);
}

/// A call in the session of somebody who signed in with so many factors.
fn in_session(flow: &Flow, person: &Person, two: TwoFactorType) -> Call {
    let principal =
        Principal { expected: two.assurance(), ..Principal::new(person.user, person.session, flow.now()) };
    Call { caller: Caller::User(principal), client: client(), ..Call::anonymous(flow.now()) }
}

fn password(text: &str) -> Option<PlainPassword> {
    PlainPassword::presented(text)
}

#[tokio::test]
async fn a_password_makes_a_session_fresh_again() {
    let (flow, ada) = Flow::with_ada().await;
    flow.wait(TimeDelta::minutes(6));
    let fresh = async || {
        let found = flow.disk.storage.queries.session(ada.session).await.unwrap().unwrap();
        Principal::of(&found).is_fresh(flow.now())
    };
    assert!(!fresh().await);
    let call = in_session(&flow, &ada, TwoFactorType::None);
    let sign_in = flow.dashtam.sign_in();
    let nothing = sign_in.step_up(&call, StepUp { password: None, second: None }).await;
    assert_refused!(nothing, StepUpError::PasswordMissing);
    let wrong = StepUp { password: password("Wrong-Horse-7"), second: None };
    assert_refused!(sign_in.step_up(&call, wrong).await, StepUpError::WrongPassword);
    assert!(!fresh().await);
    let right = StepUp { password: password(PASSWORD), second: None };
    let done = sign_in.step_up(&call, right).await.unwrap();
    assert_eq!((done.at, done.assurance), (flow.now(), Assurance::OneFactor));
    assert!(done.renewed.is_none() && fresh().await);
    assert_eq!(flow.trail(ada.user).await.last(), Some(&AuditAction::SteppedUp));
    flow.wait(TimeDelta::minutes(5) + TimeDelta::microseconds(1));
    assert!(!fresh().await);
    for left in (0..10).rev() {
        let wrong = StepUp { password: password("Wrong-Horse-7"), second: None };
        match sign_in.step_up(&call, wrong).await {
            Err(StepUpError::WrongPassword) => assert!(left > 0),
            Err(StepUpError::Throttled { .. }) => assert_eq!(left, 0),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn an_account_with_a_second_factor_shows_both() {
    let (flow, ada, factor) = with_totp().await;
    flow.wait(TimeDelta::minutes(6));
    let call = in_session(&flow, &ada, TwoFactorType::Totp);
    let sign_in = flow.dashtam.sign_in();
    let shown = |code: &SecretText| {
        Some(ShownFactor { method: FactorMethod::Totp, code: code.clone(), challenge: None })
    };
    let code = factor.code(&flow);
    let alone = StepUp { password: password(PASSWORD), second: None };
    assert_refused!(sign_in.step_up(&call, alone).await, StepUpError::CodeMissing);
    let alone = StepUp { password: None, second: shown(&code) };
    assert_refused!(sign_in.step_up(&call, alone).await, StepUpError::PasswordMissing);
    let wrong = StepUp { password: password(PASSWORD), second: shown(&factor.wrong(&flow)) };
    assert_refused!(sign_in.step_up(&call, wrong).await, StepUpError::InvalidSecondFactor);
    let both = StepUp { password: password(PASSWORD), second: shown(&code) };
    assert_eq!(sign_in.step_up(&call, both).await.unwrap().assurance, Assurance::TwoFactors);
    let again = StepUp { password: password(PASSWORD), second: shown(&code) };
    assert_refused!(sign_in.step_up(&call, again).await, StepUpError::InvalidSecondFactor);

    // Without a password the code alone does; without either there is nothing to prove.
    change(&flow, |user| user.password = None).await;
    flow.wait(TimeDelta::seconds(30));
    let code_alone = StepUp { password: None, second: shown(&factor.code(&flow)) };
    sign_in.step_up(&call, code_alone).await.unwrap();
    change(&flow, |user| user.two_factor = TwoFactorType::None).await;
    let nothing = StepUp { password: None, second: None };
    assert_refused!(sign_in.step_up(&call, nothing).await, StepUpError::NothingToProve);
}

#[tokio::test]
async fn a_code_by_mail_is_asked_for_and_completes_no_sign_in() {
    let (flow, ada) = with_mailed_codes().await;
    let call = in_session(&flow, &ada, TwoFactorType::Email);
    let sign_in = flow.dashtam.sign_in();
    let asked = sign_in.ask_step_up_code(&call, AskStepUpCode).await.unwrap();
    let code = mailed(&flow).await;
    let refused = second_step(&flow, &asked, FactorMethod::Email, &code).await;
    assert_refused!(refused, SignInError::ChallengeExpired);
    let login = first_step(&flow).await;
    let of_login = mailed(&flow).await;
    let both = |challenged: &Challenged, code: &SecretText| {
        let challenge = Some(SecretText::new(challenged.token.expose()));
        let second = Some(ShownFactor { method: FactorMethod::Email, code: code.clone(), challenge });
        StepUp { password: password(PASSWORD), second }
    };
    assert_refused!(sign_in.step_up(&call, both(&login, &of_login)).await, StepUpError::ChallengeExpired);
    sign_in.step_up(&call, both(&asked, &code)).await.unwrap();
    assert_refused!(sign_in.step_up(&call, both(&asked, &code)).await, StepUpError::ChallengeExpired);
    change(&flow, |user| user.two_factor = TwoFactorType::Totp).await;
    assert_refused!(sign_in.ask_step_up_code(&call, AskStepUpCode).await, StepUpError::NoCodeToSend);
}

#[tokio::test]
async fn a_cookie_gets_another_secret_and_an_ended_session_gets_nothing() {
    let (flow, ada) = Flow::with_ada().await;
    let cookie = SignInWithPassword {
        identifier: Identifier::Email(ADA.parse().unwrap()),
        password: PlainPassword::presented(PASSWORD).unwrap(),
        mark: None,
        holding: Holding::Cookie { long_lived: true },
    };
    let step = flow.dashtam.sign_in().with_password(&flow.anonymous(), cookie).await.unwrap();
    let held = Person { user: ada.user, session: step.signed_in().unwrap().session };
    let mut call = in_session(&flow, &held, TwoFactorType::None);
    if let Caller::User(principal) = &mut call.caller {
        principal.transport = Transport::Cookie;
    }
    let before = flow.disk.storage.queries.session(held.session).await.unwrap().unwrap().session;
    let right = || StepUp { password: password(PASSWORD), second: None };
    let done = flow.dashtam.sign_in().step_up(&call, right()).await.unwrap();
    let renewed = done.renewed.unwrap();
    let after = flow.disk.storage.queries.session(held.session).await.unwrap().unwrap().session;
    assert_eq!(after.credential, Some(renewed.secret.hash()));
    assert_ne!(after.credential, before.credential);
    assert_eq!((renewed.until, after.csrf), (Some(after.expires_at), before.csrf));

    let gone =
        Person { user: ada.user, session: dashtam_domain::id::SessionId(dashtam_testkit::builders::id()) };
    let call = in_session(&flow, &gone, TwoFactorType::None);
    let refused = flow.dashtam.sign_in().step_up(&call, right()).await;
    assert_refused!(refused, StepUpError::Common(CommonError::Denied(AccessDenied::StepUpRequired)));
}
