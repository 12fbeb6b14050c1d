//! Holders of sessions prove again who they are, with every factor the account has.

use chrono::TimeDelta;
use dashtam_application::{
    errors::CommonError,
    sign_in::{
        AskCodeError, AskStepUpCode, Challenged, Holding, SecondStepError, ShownFactor, SignInWithPassword,
        StepUp, StepUpError,
    },
};
use dashtam_domain::{
    access::AccessDenied,
    call::{Call, Caller, Principal},
    identity::{
        Assurance, AuditAction, FactorMethod, Identifier, PlainPassword, SecondFactorKind, Transport,
    },
    secret::SecretText,
};

use super::{change, first_step, mailed, second_step, with_mailed_codes, with_totp};
use crate::{
    account::{ADA, Flow, PASSWORD, Person},
    world::{assert_refused, client},
};

/// A call in the session of somebody who signed in with so many factors.
fn in_session(flow: &Flow, person: &Person, two: SecondFactorKind) -> Call {
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
    let call = in_session(&flow, &ada, SecondFactorKind::None);
    let step_ups = flow.dashtam.step_ups();
    let nothing = step_ups.step_up(&call, StepUp { password: None, second: None }).await;
    assert_refused!(nothing, StepUpError::PasswordMissing);
    let wrong = StepUp { password: password("Wrong-Horse-7"), second: None };
    assert_refused!(step_ups.step_up(&call, wrong).await, StepUpError::WrongPassword);
    assert!(!fresh().await);
    let right = StepUp { password: password(PASSWORD), second: None };
    let done = step_ups.step_up(&call, right).await.unwrap();
    assert_eq!((done.at, done.assurance), (flow.now(), Assurance::OneFactor));
    assert!(done.renewed.is_none() && fresh().await);
    assert_eq!(flow.trail(ada.user).await.last(), Some(&AuditAction::SteppedUp));
    flow.wait(TimeDelta::minutes(5) + TimeDelta::microseconds(1));
    assert!(!fresh().await);
    for left in (0..10).rev() {
        let wrong = StepUp { password: password("Wrong-Horse-7"), second: None };
        match step_ups.step_up(&call, wrong).await {
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
    let call = in_session(&flow, &ada, SecondFactorKind::Totp);
    let step_ups = flow.dashtam.step_ups();
    let shown = |code: &SecretText| {
        Some(ShownFactor { method: FactorMethod::Totp, code: code.clone(), challenge: None })
    };
    let code = factor.code(&flow);
    let alone = StepUp { password: password(PASSWORD), second: None };
    assert_refused!(step_ups.step_up(&call, alone).await, StepUpError::CodeMissing);
    let alone = StepUp { password: None, second: shown(&code) };
    assert_refused!(step_ups.step_up(&call, alone).await, StepUpError::PasswordMissing);
    let wrong = StepUp { password: password(PASSWORD), second: shown(&factor.wrong(&flow)) };
    assert_refused!(step_ups.step_up(&call, wrong).await, StepUpError::InvalidSecondFactor);
    let both = StepUp { password: password(PASSWORD), second: shown(&code) };
    assert_eq!(step_ups.step_up(&call, both).await.unwrap().assurance, Assurance::TwoFactors);
    let again = StepUp { password: password(PASSWORD), second: shown(&code) };
    assert_refused!(step_ups.step_up(&call, again).await, StepUpError::InvalidSecondFactor);

    // Without a password the code alone does; without either there is nothing to prove.
    change(&flow, |user| user.password = None).await;
    flow.wait(TimeDelta::seconds(30));
    let code_alone = StepUp { password: None, second: shown(&factor.code(&flow)) };
    step_ups.step_up(&call, code_alone).await.unwrap();
    change(&flow, |user| user.second_factor = SecondFactorKind::None).await;
    let nothing = StepUp { password: None, second: None };
    assert_refused!(step_ups.step_up(&call, nothing).await, StepUpError::NothingToProve);
}

#[tokio::test]
async fn a_code_by_mail_is_asked_for_and_completes_no_sign_in() {
    let (flow, ada) = with_mailed_codes().await;
    let call = in_session(&flow, &ada, SecondFactorKind::Email);
    let step_ups = flow.dashtam.step_ups();
    let asked = step_ups.ask_code(&call, AskStepUpCode).await.unwrap();
    let code = mailed(&flow).await;
    let refused = second_step(&flow, &asked, FactorMethod::Email, &code).await;
    assert_refused!(refused, SecondStepError::ChallengeExpired);
    let login = first_step(&flow).await;
    let of_login = mailed(&flow).await;
    let both = |challenged: &Challenged, code: &SecretText| {
        let challenge = Some(SecretText::new(challenged.token.expose()));
        let second = Some(ShownFactor { method: FactorMethod::Email, code: code.clone(), challenge });
        StepUp { password: password(PASSWORD), second }
    };
    assert_refused!(step_ups.step_up(&call, both(&login, &of_login)).await, StepUpError::ChallengeExpired);
    step_ups.step_up(&call, both(&asked, &code)).await.unwrap();
    assert_refused!(step_ups.step_up(&call, both(&asked, &code)).await, StepUpError::ChallengeExpired);
    change(&flow, |user| user.second_factor = SecondFactorKind::Totp).await;
    assert_refused!(step_ups.ask_code(&call, AskStepUpCode).await, AskCodeError::NoCodeToSend);
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
    let step = flow.dashtam.password_sign_in().sign_in(&flow.anonymous(), cookie).await.unwrap();
    let held = Person { user: ada.user, session: step.signed_in().unwrap().session };
    let mut call = in_session(&flow, &held, SecondFactorKind::None);
    if let Caller::User(principal) = &mut call.caller {
        principal.transport = Transport::Cookie;
    }
    let before = flow.disk.storage.queries.session(held.session).await.unwrap().unwrap().session;
    let right = || StepUp { password: password(PASSWORD), second: None };
    let done = flow.dashtam.step_ups().step_up(&call, right()).await.unwrap();
    let renewed = done.renewed.unwrap();
    let after = flow.disk.storage.queries.session(held.session).await.unwrap().unwrap().session;
    assert_eq!(after.credential, Some(renewed.secret.hash()));
    assert_ne!(after.credential, before.credential);
    assert_eq!((renewed.until, after.csrf), (Some(after.expires_at), before.csrf));

    let gone =
        Person { user: ada.user, session: dashtam_domain::id::SessionId(dashtam_testkit::builders::id()) };
    let call = in_session(&flow, &gone, SecondFactorKind::None);
    let refused = flow.dashtam.step_ups().step_up(&call, right()).await;
    assert_refused!(refused, StepUpError::Common(CommonError::Denied(AccessDenied::StepUpRequired)));
}
