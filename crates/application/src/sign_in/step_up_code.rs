//! Mails a code for a step-up.

use dashtam_domain::{
    access::{Access, AccessDenied, Needs},
    call::{Call, Principal},
    identity::{Challenge, FactorMethod, FirstFactor, SecondFactorKind, User},
    store::StoreError,
};

use super::{Challenged, StepUps, challenge::Terms};
use crate::{
    errors::{CommonError, faults},
    request::{authorize, request},
};

/// A code by mail for a step-up.
#[derive(Debug)]
pub struct AskStepUpCode;

request!(AskStepUpCode, "sign_in.ask_step_up_code", Access::User(Needs::own()));

/// Why no code is mailed for a step-up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AskCodeError {
    /// The account gets no codes by mail.
    #[error("This account gets no codes by mail.")]
    NoCodeToSend,
    /// Too many codes were mailed today.
    #[error("No other code is sent now.")]
    Throttled,
    /// See [`CommonError`].
    #[error(transparent)]
    Common(CommonError),
}

faults! {
    AskCodeError {
        Self::NoCodeToSend => Conflict: "no-code-by-mail",
        Self::Throttled => RateLimited: "code-throttled",
    }
}

impl StepUps {
    /// Mails a code to an account whose second factor that is, for a step-up of this session.
    #[tracing::instrument(name = "sign_in.ask_step_up_code", skip_all)]
    pub async fn ask_code(&self, call: &Call, _request: AskStepUpCode) -> Result<Challenged, AskCodeError> {
        let principal = authorize::<AskStepUpCode>(call)?;
        let user = self.queries.user(principal.user).await?.ok_or(AccessDenied::Anonymous)?;
        if user.second_factor != SecondFactorKind::Email {
            return Err(AskCodeError::NoCodeToSend);
        }
        let terms = self.terms(principal, &user).await?;
        let mut work = self.store.begin().await?;
        let challenged = self.challenges.ask(call, &mut *work, &user, terms).await?;
        if !challenged.methods.contains(&FactorMethod::Email) {
            return Err(AskCodeError::Throttled);
        }
        work.commit().await?;
        self.signal.ring();
        Ok(challenged)
    }

    async fn terms(&self, principal: &Principal, user: &User) -> Result<Terms, StoreError> {
        let global_version = self.queries.security_config().await?.floor.version;
        let stamp = Challenge::stamp(user, global_version);
        Ok(Terms { first: FirstFactor::Session, stamp, transport: principal.transport, long_lived: false })
    }
}
