//! Mails another code for a sign-in that waits.

use dashtam_domain::{
    access::Access,
    call::Call,
    identity::Challenge,
    secret::{OpaqueSecret, SecretKind, SecretText},
};

use super::SecondStep;
use crate::{
    errors::{CommonError, faults},
    request::request,
};

/// Another code by mail.
#[derive(Debug)]
pub struct ResendCode {
    /// The token of the challenge, as presented.
    pub token: SecretText,
}

request!(ResendCode, "sign_in.resend_code", Access::Public);

/// Why no other code is mailed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResendError {
    /// The challenge is unknown, used, past its end or exhausted: callers may not learn which.
    #[error("This sign-in has expired. Begin again.")]
    ChallengeExpired,
    /// No code was mailed for this sign-in.
    #[error("No code is mailed for this sign-in.")]
    NoCodeToSend,
    /// Codes are mailed with pauses, and not often.
    #[error("No other code is sent now.")]
    Throttled {
        /// Seconds until one may be asked for.
        seconds: u32,
    },
    /// See [`CommonError`].
    #[error(transparent)]
    Common(CommonError),
}

faults! {
    ResendError {
        Self::ChallengeExpired => Unauthenticated: "challenge-expired",
        Self::NoCodeToSend => Conflict: "no-code-by-mail",
        Self::Throttled { .. } => RateLimited: "code-throttled",
    }
    retry_after: |error| match error {
        Self::Throttled { seconds } => Some(*seconds),
        _ => None,
    };
}

impl SecondStep {
    /// Mails another code in the place of the last one: a minute after it, and no more than three for a challenge.
    #[tracing::instrument(name = "sign_in.resend_code", skip_all)]
    pub async fn resend_code(&self, call: &Call, request: ResendCode) -> Result<(), ResendError> {
        let token = OpaqueSecret::parse(SecretKind::Challenge, request.token.expose());
        let hash = token.ok_or(ResendError::ChallengeExpired)?.hash();
        let found = self.queries.challenge(&hash).await?.filter(|challenge| challenge.is_open(call.now));
        let challenge = found.ok_or(ResendError::ChallengeExpired)?;
        let code = challenge.code.ok_or(ResendError::NoCodeToSend)?;
        let pause = Challenge::RESEND_PAUSE - call.now.since(code.sent_at);
        let wait = u32::try_from(pause.num_seconds()).unwrap_or(0).saturating_add(1);
        let user = self.queries.user(challenge.user).await?.ok_or(ResendError::ChallengeExpired)?;

        let mut work = self.store.begin().await?;
        let may = self.challenges.may_mail(call, &mut *work, &user.email).await?;
        let hash = self.challenges.mail_code(call, &mut *work, &challenge).await?;
        if !may || !work.challenges().resend(challenge.id, &hash, call.now).await? {
            // Nothing of this unit is kept.
            return Err(ResendError::Throttled { seconds: wait });
        }
        work.commit().await?;
        self.signal.ring();
        Ok(())
    }
}
