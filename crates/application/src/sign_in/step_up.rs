//! Proves again who the holder of a session is.

use std::sync::Arc;

use dashtam_domain::{
    access::{Access, AccessDenied, Needs},
    call::{Call, Principal},
    delivery::WorkSignal,
    fault::FieldError,
    identity::{
        Assurance, AuditAction, AuditLine, Challenge, FactorMethod, FirstFactor, IdentityQueries,
        PlainPassword, Reauthentication, SecondFactorKind, SessionCache, Transport, User,
    },
    secret::{OpaqueSecret, SecretKind, SecretText},
    sources::Sources,
    store::Store,
    time::Timestamp,
};
use serde_json::json;

use super::Challenges;
use crate::{
    errors::{CommonError, faults},
    factor::{Accepted, SecondFactorError, SecondFactors},
    profile::{Profile, Unproved},
    request::{authorize, request},
};

/// Every factor the account has, once more.
#[derive(Debug)]
pub struct StepUp {
    /// The account's password as typed, if it has one.
    pub password: Option<PlainPassword>,
    /// The second factor, if it has one.
    pub second: Option<ShownFactor>,
}

/// A second factor as it is shown.
#[derive(Debug)]
pub struct ShownFactor {
    /// What the code is.
    pub method: FactorMethod,
    /// The code as typed.
    pub code: SecretText,
    /// For a code by mail, the token that came when it was asked for.
    pub challenge: Option<SecretText>,
}

request!(StepUp, "sign_in.step_up", Access::User(Needs::own()));

/// A session whose holder proved again who it is.
#[derive(Debug)]
pub struct SteppedUp {
    /// When it happened.
    pub at: Timestamp,
    /// How surely the person was known.
    pub assurance: Assurance,
    /// What the session is held by from now on, if it is held by a cookie.
    pub renewed: Option<RenewedSecret>,
}

/// Another secret of a session that is held by a cookie.
#[derive(Debug)]
pub struct RenewedSecret {
    /// For the cookie.
    pub secret: OpaqueSecret,
    /// When the cookie ends; `None`: with the browser.
    pub until: Option<Timestamp>,
}

/// Why nothing was proved.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StepUpError {
    /// The account has a password.
    #[error("Your password is required.")]
    PasswordMissing,
    /// The account has a second factor.
    #[error("A code of your second factor is required.")]
    CodeMissing,
    /// The account has neither a password nor a second factor.
    #[error("This account has nothing to prove itself by. Sign in again by a mailed link.")]
    NothingToProve,
    /// The password is not the account's.
    #[error("The current password is incorrect.")]
    WrongPassword,
    /// Too many wrong passwords in this session.
    #[error("Too many wrong passwords. Try again later.")]
    Throttled {
        /// Seconds until the next one is looked at.
        seconds: u32,
    },
    /// Whatever was wrong with the code.
    #[error("The code is not correct.")]
    InvalidSecondFactor,
    /// No key opens that of the authenticator; backup codes go on working.
    #[error("{}", SecondFactorError::KeyLost)]
    SecondFactorLost,
    /// The mailed code's token is unknown, used, past its end or exhausted.
    #[error("The code that was mailed has expired. Ask for another.")]
    ChallengeExpired,
    /// See [`CommonError`].
    #[error(transparent)]
    Common(CommonError),
}

faults! {
    StepUpError {
        Self::PasswordMissing | Self::CodeMissing => Invalid: "invalid-request",
        Self::NothingToProve => Conflict: "nothing-to-prove",
        Self::SecondFactorLost => Conflict: "second-factor-key-lost",
        Self::Throttled { .. } => RateLimited: "password-check-throttled",
        Self::WrongPassword => Malformed: "wrong-password",
        Self::InvalidSecondFactor => Unauthenticated: "invalid-second-factor",
        Self::ChallengeExpired => Unauthenticated: "challenge-expired",
    }
    fields: |error| {
        let field = match error {
            Self::PasswordMissing => "password",
            Self::CodeMissing => "code",
            _ => return Vec::new(),
        };
        vec![FieldError::new(field, "missing", error.to_string())]
    };
    retry_after: |error| match error {
        Self::Throttled { seconds } => Some(*seconds),
        _ => None,
    };
}

impl From<Unproved> for StepUpError {
    fn from(unproved: Unproved) -> Self {
        match unproved {
            Unproved::WrongPassword => Self::WrongPassword,
            Unproved::Throttled { seconds } => Self::Throttled { seconds },
            Unproved::Common(common) => Self::Common(common),
        }
    }
}

impl From<SecondFactorError> for StepUpError {
    fn from(error: SecondFactorError) -> Self {
        match error {
            SecondFactorError::Common(common) => Self::Common(common),
            SecondFactorError::KeyLost => Self::SecondFactorLost,
            _ => Self::InvalidSecondFactor,
        }
    }
}

/// Proofs by the holders of sessions that they still are who they are.
pub struct StepUps {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) queries: Arc<dyn IdentityQueries>,
    pub(crate) sources: Sources,
    pub(crate) cache: Arc<dyn SessionCache>,
    pub(crate) signal: Arc<dyn WorkSignal>,
    pub(crate) factors: Arc<SecondFactors>,
    /// Knows how to ask for the password again.
    pub(crate) profile: Arc<Profile>,
    pub(crate) challenges: Arc<Challenges>,
}

impl StepUps {
    /// Makes a session fresh again: with the password where there is one, and with a second factor where there is one,
    /// both at once. Wrong passwords count on the session's budget, wrong codes on the account's. A session held by a
    /// cookie gets another secret.
    #[tracing::instrument(name = "sign_in.step_up", skip_all)]
    pub async fn step_up(&self, call: &Call, request: StepUp) -> Result<SteppedUp, StepUpError> {
        let principal = authorize::<StepUp>(call)?;
        let StepUp { password, second } = request;
        let user = self.queries.user(principal.user).await?.ok_or(AccessDenied::Anonymous)?;
        let needs_code = user.second_factor != SecondFactorKind::None;
        match (&user.password, &password, needs_code, &second) {
            (Some(_), None, ..) => return Err(StepUpError::PasswordMissing),
            (_, _, true, None) => return Err(StepUpError::CodeMissing),
            (None, _, false, _) => return Err(StepUpError::NothingToProve),
            _ => {}
        }
        let proved = match password.filter(|_| user.password.is_some()) {
            Some(password) => Some(self.profile.prove(call, principal, &password).await?),
            None => None,
        };
        let shown = match second.filter(|_| needs_code) {
            Some(second) => Some(self.show(call, &user, second).await?),
            None => None,
        };
        let assurance = if shown.is_some() { Assurance::TwoFactors } else { Assurance::OneFactor };
        let renewed = self.renew(principal).await?;

        let mut work = self.store.begin().await?;
        let now = work.users().find(principal.user).await?;
        let now = match &proved {
            Some(proved) => proved.still(now)?,
            None => now.filter(|now| now.password.is_none()).ok_or(StepUpError::PasswordMissing)?,
        };
        if now.second_factor != user.second_factor {
            return Err(StepUpError::CodeMissing);
        }
        let methods =
            [proved.map(|_| "password"), shown.as_ref().map(|(_, accepted)| accepted.method().as_str())];
        if let Some((challenge, accepted)) = shown {
            if let Some(challenge) = challenge
                && !work.challenges().consume(challenge.id, call.now).await?
            {
                return Err(StepUpError::ChallengeExpired);
            }
            self.factors.consume(call, &mut *work, accepted).await?;
        }
        let credential = renewed.as_ref().map(|renewed| renewed.secret.hash());
        let proof = Reauthentication { at: call.now, assurance, credential };
        if !work.sessions().reauthenticate(principal.user, principal.session, &proof).await? {
            // A session of another system, or one that has just ended: signing in again is the way.
            return Err(AccessDenied::StepUpRequired.into());
        }
        let methods: Vec<_> = methods.into_iter().flatten().collect();
        let details = json!({"session": principal.session.to_string(), "methods": methods});
        let line = AuditLine::new(AuditAction::SteppedUp, principal.user).with(details);
        work.note(&self.sources, call, line).await?;
        work.commit().await?;
        self.cache.forget(principal.session);
        self.signal.ring();
        Ok(SteppedUp { at: call.now, assurance, renewed })
    }

    /// Another secret for a session that is held by a cookie: whoever copied the old one does not become fresh.
    async fn renew(&self, principal: &Principal) -> Result<Option<RenewedSecret>, StepUpError> {
        if principal.transport != Transport::Cookie {
            return Ok(None);
        }
        let found = self.queries.session(principal.session).await?.ok_or(AccessDenied::Anonymous)?;
        let random = self.sources.randomness.bytes();
        let secret = OpaqueSecret::from_bytes(SecretKind::CookieSession, &random);
        let until = found.session.long_lived.then_some(found.session.expires_at);
        Ok(Some(RenewedSecret { secret, until }))
    }

    /// Checks a second factor; the challenge its code was mailed for, if it was.
    async fn show(
        &self,
        call: &Call,
        user: &User,
        shown: ShownFactor,
    ) -> Result<(Option<Challenge>, Accepted), StepUpError> {
        let ShownFactor { method, code, challenge } = shown;
        let challenge = match challenge.filter(|_| method == FactorMethod::Email) {
            Some(token) => Some(self.own_attempt(call, user, &token).await?),
            None => None,
        };
        let mailed = challenge.as_ref().and_then(Challenge::mailed);
        let accepted = self.factors.check(call, user, method, &code, mailed).await?;
        Ok((challenge, accepted))
    }

    /// Counts a try at a challenge that was made for a session of this user, and not for a sign-in.
    async fn own_attempt(
        &self,
        call: &Call,
        user: &User,
        token: &SecretText,
    ) -> Result<Challenge, StepUpError> {
        let challenge = self.challenges.attempt(call, token).await?;
        let challenge = challenge.ok_or(StepUpError::ChallengeExpired)?;
        let own = challenge.user == user.id && challenge.first_factor == FirstFactor::Session;
        let global_version = self.queries.security_config().await?.floor.version;
        let as_it_was = challenge.stamp.matches(&Challenge::stamp(user, global_version));
        if own && as_it_was { Ok(challenge) } else { Err(StepUpError::ChallengeExpired) }
    }
}
