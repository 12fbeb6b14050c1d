//! What a challenge takes and for how long, and what makes it worthless in between.

use chrono::TimeDelta;
use dashtam_application::{
    recovery::{CompleteReset, RequestReset},
    sign_in::{
        Holding, PasswordSignInError, Refusal, SecondStepError, SignInStep, SignInWithPassword,
        SignInWithSecondFactor,
    },
    token_rotation::RotateUser,
};
use dashtam_domain::{
    call::{Call, Principal},
    identity::{
        Assurance, AuditAction, FactorMethod, Identifier, PlainPassword, SecondFactor, SecondFactorKind,
        Transport, User,
    },
    secret::{OpaqueSecret, SecretText},
};

use super::{change, first_step, first_step_as, second_step, totp, with_totp};
use crate::{
    account::{ADA, OTHER_PASSWORD, PASSWORD, stranger},
    world::{assert_refused, client},
};

#[tokio::test]
async fn password_and_code_begin_a_session_of_two_factors() {
    let (flow, ada, factor) = with_totp().await;
    let first = first_step(&flow).await;
    assert_eq!(first.methods, [FactorMethod::Totp, FactorMethod::BackupCode]);
    assert_eq!(first.expires_in, 300);
    // The code that confirmed the enrolment is spent.
    let spent = totp(&flow, &first, &factor.code(&flow)).await;
    assert_refused!(spent, SecondStepError::InvalidSecondFactor { attempts_left: 4 });
    flow.wait(TimeDelta::seconds(30));
    let code = factor.code(&flow);
    let signed_in = totp(&flow, &first, &code).await.unwrap();
    let stored = flow.disk.storage.queries.session(signed_in.session).await.unwrap().unwrap();
    assert_eq!((stored.session.assurance, stored.session.user), (Assurance::TwoFactors, ada.user));
    assert!(Principal::of(&stored).is_fresh(flow.now()));
    assert_refused!(totp(&flow, &first, &code).await, SecondStepError::ChallengeExpired);
    let again = first_step(&flow).await;
    assert_refused!(
        totp(&flow, &again, &code).await,
        SecondStepError::InvalidSecondFactor { attempts_left: 4 }
    );
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
    assert_refused!(again, SecondStepError::InvalidSecondFactor { attempts_left: 4 });
    assert_eq!(flow.count(ADA, "BackupCodeUsed").await, 1);
}

#[tokio::test]
async fn a_challenge_takes_five_codes_and_five_minutes() {
    let (flow, _, factor) = with_totp().await;
    let first = first_step(&flow).await;
    for left in (0..5).rev() {
        let wrong = totp(&flow, &first, &factor.wrong(&flow)).await;
        assert_refused!(wrong, SecondStepError::InvalidSecondFactor { attempts_left } if attempts_left == left);
    }
    flow.wait(TimeDelta::seconds(30));
    assert_refused!(totp(&flow, &first, &factor.code(&flow)).await, SecondStepError::ChallengeExpired);

    let late = first_step(&flow).await;
    flow.wait(TimeDelta::minutes(5) + TimeDelta::microseconds(1));
    assert_refused!(totp(&flow, &late, &factor.code(&flow)).await, SecondStepError::ChallengeExpired);
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
        let refused = flow.dashtam.second_step().sign_in(&flow.anonymous(), request).await;
        assert_refused!(refused, SecondStepError::ChallengeExpired);
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
    assert_refused!(locked, SecondStepError::InvalidSecondFactor { attempts_left: 4 });
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
        |user| user.second_factor = SecondFactorKind::None,
    ];
    for way in ways {
        let (flow, _, factor) = with_totp().await;
        let first = first_step(&flow).await;
        change(&flow, way).await;
        flow.wait(TimeDelta::seconds(30));
        let refused = totp(&flow, &first, &factor.code(&flow)).await.unwrap_err();
        let expected = [
            SecondStepError::ChallengeExpired.to_string(),
            SecondStepError::InvalidSecondFactor { attempts_left: 4 }.to_string(),
        ];
        assert!(expected.contains(&refused.to_string()), "{refused:?}");
    }
    // By the use cases themselves.
    let (flow, ada, factor) = with_totp().await;
    let first = first_step(&flow).await;
    let rotate = RotateUser { user: ada.user, reason: "A key was in the wrong place".to_owned() };
    flow.dashtam.token_rotation().user(&flow.by(&ada), rotate).await.unwrap();
    flow.wait(TimeDelta::seconds(30));
    assert_refused!(totp(&flow, &first, &factor.code(&flow)).await, SecondStepError::ChallengeExpired);
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
    assert_refused!(totp(&flow, &before, &factor.code(&flow)).await, SecondStepError::ChallengeExpired);
    let request = SignInWithPassword {
        identifier: Identifier::Email(ADA.parse().unwrap()),
        password: PlainPassword::presented(OTHER_PASSWORD).unwrap(),
        mark: None,
        holding: Holding::Tokens,
    };
    let step = flow.dashtam.password_sign_in().sign_in(&flow.anonymous(), request).await.unwrap();
    let SignInStep::Challenged(first) = step else { panic!("{step:?}") };
    totp(&flow, &first, &factor.code(&flow)).await.unwrap();
}

#[tokio::test]
async fn an_account_that_was_disabled_in_between_is_refused() {
    let (flow, ada, factor) = with_totp().await;
    let first = first_step(&flow).await;
    change(&flow, |user| user.is_active = false).await;
    flow.wait(TimeDelta::seconds(30));
    assert_refused!(
        totp(&flow, &first, &factor.code(&flow)).await,
        SecondStepError::Refused(Refusal::Disabled)
    );
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
        .is_err_and(|error| matches!(error, PasswordSignInError::InvalidCredentials))
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
        flow.dashtam.password_sign_in().sign_in(&call, request).await
    };
    assert_refused!(ask(None).await, PasswordSignInError::Throttled { .. });
    assert!(matches!(ask(Some(marked)).await, Ok(SignInStep::Challenged(_))));
    assert_refused!(ask(None).await, PasswordSignInError::Throttled { .. });
}

#[tokio::test]
async fn a_challenge_keeps_how_the_session_is_to_be_held() {
    let (flow, _, factor) = with_totp().await;
    flow.wait(TimeDelta::seconds(30));
    let first = first_step_as(&flow, Holding::Cookie { long_lived: true }).await;
    let code = factor.code(&flow);
    // A page of another site may not have its visitors signed in.
    assert_refused!(totp(&flow, &first, &code).await, SecondStepError::ForeignPage);
    let request = SignInWithSecondFactor {
        token: SecretText::new(first.token.expose()),
        method: FactorMethod::Totp,
        code,
        mark: None,
        may_hold_cookie: true,
    };
    let done = flow.dashtam.second_step().sign_in(&flow.anonymous(), request).await.unwrap();
    assert!(done.tokens().is_none());
    let stored = flow.disk.storage.queries.session(done.session).await.unwrap().unwrap().session;
    assert_eq!((stored.transport, stored.long_lived), (Transport::Cookie, true));
}
