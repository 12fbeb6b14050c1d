//! Sign-ins with a second factor, and sessions whose holders prove again who they are.

mod challenges;
mod lost_keys;
mod mailed_codes;
mod step_up;

use dashtam_application::{
    factor::{ConfirmTotp, EnrolTotp},
    sign_in::{
        Challenged, Holding, SecondStepError, SignInStep, SignInWithPassword, SignInWithSecondFactor,
        SignedIn,
    },
};
use dashtam_domain::{
    delivery::mail::MailContent,
    identity::{BackupCode, FactorMethod, Identifier, PlainPassword, SecondFactorKind, TotpKey, User},
    secret::SecretText,
};

use crate::account::{ADA, Flow, PASSWORD, Person};

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

/// Ada gets her codes by mail.
async fn with_mailed_codes() -> (Flow, Person) {
    let (flow, ada, _) = with_totp().await;
    change(&flow, |user| user.second_factor = SecondFactorKind::Email).await;
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

async fn first_step(flow: &Flow) -> Challenged {
    first_step_as(flow, Holding::Tokens).await
}

async fn first_step_as(flow: &Flow, holding: Holding) -> Challenged {
    let (email, password) = (ADA.parse().unwrap(), PlainPassword::presented(PASSWORD).unwrap());
    let request = SignInWithPassword { identifier: Identifier::Email(email), password, mark: None, holding };
    match flow.dashtam.password_sign_in().sign_in(&flow.anonymous(), request).await.unwrap() {
        SignInStep::Challenged(challenged) => challenged,
        step => panic!("{step:?}"),
    }
}

async fn second_step(
    flow: &Flow,
    challenged: &Challenged,
    method: FactorMethod,
    code: &SecretText,
) -> Result<SignedIn, SecondStepError> {
    let request = SignInWithSecondFactor {
        token: SecretText::new(challenged.token.expose()),
        method,
        code: code.clone(),
        mark: None,
        may_hold_cookie: false,
    };
    flow.dashtam.second_step().sign_in(&flow.anonymous(), request).await
}

async fn totp(flow: &Flow, challenged: &Challenged, code: &SecretText) -> Result<SignedIn, SecondStepError> {
    second_step(flow, challenged, FactorMethod::Totp, code).await
}

async fn change(flow: &Flow, change: impl FnOnce(&mut User)) {
    let mut unit = flow.disk.storage.store.begin().await.unwrap();
    let mut user = unit.users().find_by_email(&ADA.parse().unwrap()).await.unwrap().unwrap();
    change(&mut user);
    unit.users().update(&mut user).await.unwrap();
    unit.commit().await.unwrap();
}
