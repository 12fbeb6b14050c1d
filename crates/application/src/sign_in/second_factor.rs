//! The second step of a sign-in.

use std::sync::Arc;

use dashtam_domain::{
    access::Access,
    call::Call,
    delivery::WorkSignal,
    identity::{
        Challenge, FactorMethod, FirstFactor, IdentityQueries, InvalidAccessToken, SecondFactorKind,
        Transport, User,
    },
    secret::{OpaqueSecret, SecretText},
    sources::Sources,
    store::Store,
};

use super::{Challenges, Guards, Holding, Opening, Refusal, SignedIn, guard::refused, open::Proof};
use crate::{
    errors::{CommonError, faults},
    factor::{SecondFactorError, SecondFactors},
    request::request,
};

/// A second factor for a sign-in whose first one was right.
#[derive(Debug)]
pub struct SignInWithSecondFactor {
    /// The token of the challenge, as presented.
    pub token: SecretText,
    /// What the code is.
    pub method: FactorMethod,
    /// The code as typed.
    pub code: SecretText,
    /// What the client was marked with at an earlier sign-in, if it kept it.
    pub mark: Option<OpaqueSecret>,
    /// Whether the client may be given a cookie: browsers may on a page of this installation only, or another site
    /// could sign its visitors in to an account of its own.
    pub may_hold_cookie: bool,
}

request!(SignInWithSecondFactor, "sign_in.with_second_factor", Access::Public);

/// The second step of a sign-in.
pub struct SecondStep {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) queries: Arc<dyn IdentityQueries>,
    pub(crate) sources: Sources,
    pub(crate) signal: Arc<dyn WorkSignal>,
    pub(crate) factors: Arc<SecondFactors>,
    pub(crate) guards: Arc<Guards>,
    pub(crate) challenges: Arc<Challenges>,
    pub(crate) opening: Arc<Opening>,
}

/// Why the second step of a sign-in did not work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SecondStepError {
    /// The challenge is unknown, used, past its end or exhausted: callers may not learn which.
    #[error("This sign-in has expired. Begin again.")]
    ChallengeExpired,
    /// A page of another site asked for a session held by a cookie.
    #[error("Sessions held by a cookie begin on pages of this installation only.")]
    ForeignPage,
    /// Whatever was wrong with it.
    #[error("The code is not correct.")]
    InvalidSecondFactor {
        /// How many more are looked at.
        attempts_left: u32,
    },
    /// No key opens that of the authenticator; backup codes go on working.
    #[error("{}", SecondFactorError::KeyLost)]
    SecondFactorLost,
    /// Both factors were right, and the account cannot be signed in to.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Signing failed.
    #[error("The access token could not be made.")]
    Token(#[from] InvalidAccessToken),
    /// See [`CommonError`].
    #[error(transparent)]
    Common(CommonError),
}

faults! {
    SecondStepError {
        Self::ChallengeExpired => Unauthenticated: "challenge-expired",
        Self::ForeignPage => Forbidden: "csrf-failed",
        Self::InvalidSecondFactor { .. } => Unauthenticated: "invalid-second-factor",
        Self::SecondFactorLost => Conflict: "second-factor-key-lost",
        Self::Refused(refusal) => Forbidden: refusal.code(),
        Self::Token(_) => Internal: "internal",
    }
    extensions: |error| match error {
        Self::InvalidSecondFactor { attempts_left } => vec![("attempts_left", (*attempts_left).into())],
        _ => Vec::new(),
    };
}

/// A code that was not accepted for this challenge.
fn invalid(challenge: &Challenge) -> SecondStepError {
    SecondStepError::InvalidSecondFactor { attempts_left: challenge.attempts_left() }
}

impl SecondStep {
    /// Completes a sign-in. Each try is counted before its code is looked at, so that no number of clients gets more
    /// of them than a challenge takes; code, challenge and session are then decided in one unit of work. What the
    /// first factor was checked against must be as it was: a new password, a rotation of tokens or another second
    /// factor makes the challenge worthless. The account's state is looked at again.
    #[tracing::instrument(name = "sign_in.with_second_factor", skip_all)]
    pub async fn sign_in(
        &self,
        call: &Call,
        request: SignInWithSecondFactor,
    ) -> Result<SignedIn, SecondStepError> {
        let SignInWithSecondFactor { token, method, code, mark, may_hold_cookie } = request;
        let challenge = self.challenges.attempt(call, &token).await?;
        let challenge = challenge.ok_or(SecondStepError::ChallengeExpired)?;
        if challenge.first_factor == FirstFactor::Session {
            return Err(SecondStepError::ChallengeExpired);
        }
        if challenge.transport == Transport::Cookie && !may_hold_cookie {
            return Err(SecondStepError::ForeignPage);
        }
        let invalid = invalid(&challenge);
        let user = self.queries.user(challenge.user).await?.ok_or(SecondStepError::ChallengeExpired)?;
        let accepted = match self.factors.check(call, &user, method, &code, challenge.mailed()).await {
            Ok(accepted) => accepted,
            Err(SecondFactorError::Common(common)) => return Err(common.into()),
            Err(SecondFactorError::KeyLost) => return Err(SecondStepError::SecondFactorLost),
            Err(_) => return Err(invalid),
        };
        let (guard, _) = self.guards.recognise(call, &user.email, mark.as_ref()).await?;
        let proof = Proof { first: challenge.first_factor, second: Some(method) };
        let mut prepared = self.opening.prepare(call, &user, Holding::of(&challenge), proof).await?;

        let mut work = self.store.begin().await?;
        let user = work.users().find(challenge.user).await?;
        let as_it_was = |user: &User| {
            user.second_factor != SecondFactorKind::None
                && challenge.stamp.matches(&Challenge::stamp(user, prepared.session.global_version))
        };
        let user = user.filter(as_it_was).ok_or(SecondStepError::ChallengeExpired)?;
        if !work.challenges().consume(challenge.id, call.now).await? {
            return Err(SecondStepError::ChallengeExpired);
        }
        match self.factors.consume(call, &mut *work, accepted).await {
            Ok(()) => {}
            Err(SecondFactorError::Common(common)) => return Err(common.into()),
            // Somebody else was quicker with the same code.
            Err(_) => return Err(invalid),
        }
        let refusal = self.guards.refusal(call, &mut *work, &user).await?;
        let mark = self.opening.mark_for(&guard, mark);
        match &refusal {
            Some(refusal) => {
                let line = refused(user.id, challenge.first_factor, refusal.code());
                work.note(&self.sources, call, line).await?;
            }
            None => self.opening.open(call, &mut *work, &mut prepared, &user, &guard, &mark).await?,
        }
        work.commit().await?;
        self.signal.ring();
        match refusal {
            Some(refusal) => Err(refusal.into()),
            None => Ok(self.opening.hand_out(call, prepared, user, mark)?),
        }
    }
}
