//! Sign-in.

mod challenge;
mod guard;
mod open;
mod refusal;
mod request_link;
mod second_factor;
mod step_up;
mod with_link;
mod with_password;

use std::sync::Arc;

use dashtam_domain::{
    delivery::WorkSignal,
    id::{SessionId, UserId},
    identity::{
        AccessClaims, AccessTokens, AuditSeal, Challenge, ClientDescriber, EmailCodes, IdentityQueries,
        InvalidAccessToken, PasswordHasher, RefreshSecrets, SessionCache, User,
    },
    secret::{OpaqueSecret, SecretText},
    sources::Sources,
    store::Store,
    time::Timestamp,
};

use crate::{
    Policy,
    errors::{CommonError, faults},
    profile::Profile,
    second_factor::{SecondFactorError, SecondFactors},
};

pub use challenge::{Challenged, SignInStep};
pub use open::Holding;
pub use request_link::{LoginLinkRequested, RequestLoginLink};
pub use second_factor::{ResendCode, SignInWithSecondFactor};
pub use step_up::{AskStepUpCode, RenewedSecret, ShownFactor, StepUp, StepUpError, SteppedUp};
pub use with_link::SignInWithLink;
pub use with_password::SignInWithPassword;

/// Sign-in.
pub struct SignIn {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) queries: Arc<dyn IdentityQueries>,
    pub(crate) sources: Sources,
    pub(crate) hasher: Arc<dyn PasswordHasher>,
    pub(crate) access_tokens: Arc<dyn AccessTokens>,
    pub(crate) refresh_secrets: Arc<dyn RefreshSecrets>,
    pub(crate) audit_seal: Arc<dyn AuditSeal>,
    pub(crate) clients: Arc<dyn ClientDescriber>,
    pub(crate) cache: Arc<dyn SessionCache>,
    pub(crate) email_codes: Arc<dyn EmailCodes>,
    pub(crate) factors: Arc<SecondFactors>,
    /// Knows how to ask for the password again.
    pub(crate) profile: Arc<Profile>,
    pub(crate) signal: Arc<dyn WorkSignal>,
    pub(crate) policy: Policy,
}

/// What a signed-in client holds.
#[derive(Debug)]
pub struct Tokens {
    /// For requests.
    pub access_token: SecretText,
    /// For the next pair.
    pub refresh_token: OpaqueSecret,
    /// Seconds the access token works.
    pub expires_in: i64,
}

/// What a browser holds.
#[derive(Debug)]
pub struct CookieSession {
    /// For the cookie.
    pub secret: OpaqueSecret,
    /// For the pages, to be shown with every write.
    pub csrf: OpaqueSecret,
    /// Whether the cookie survives the browser's end.
    pub long_lived: bool,
    /// When the session ends for good.
    pub expires_at: Timestamp,
}

/// What a signed-in client holds, by its own choice.
#[derive(Debug)]
pub enum Held {
    /// Tokens.
    Tokens(Tokens),
    /// A cookie.
    Cookie(CookieSession),
}

/// A sign-in that worked.
#[derive(Debug)]
pub struct SignedIn {
    /// The session that began.
    pub session: SessionId,
    /// What the client holds now.
    pub holds: Held,
    /// Who signed in.
    pub user: User,
    /// Marks the client as known; to be shown at its next sign-in.
    pub mark: OpaqueSecret,
}

impl SignedIn {
    /// The tokens, if the session is held by tokens.
    pub fn tokens(&self) -> Option<&Tokens> {
        match &self.holds {
            Held::Tokens(tokens) => Some(tokens),
            Held::Cookie(_) => None,
        }
    }
}

/// Why a sign-in did not work. The state of an account is told only after the right password.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignInError {
    /// Unknown address or wrong password.
    #[error("Invalid email or password.")]
    InvalidCredentials,
    /// Too many wrong passwords, for a known address and an unknown one alike.
    #[error("Too many failed sign-ins. Try again later, or choose a new password.")]
    Throttled {
        /// Seconds until the next attempt is looked at.
        seconds: u32,
    },
    /// Given up by its owner.
    #[error("This account is going to be deleted. The link in the mail keeps it.")]
    DeletionScheduled,
    /// Switched off.
    #[error("This account is disabled.")]
    Disabled,
    /// Its time is over.
    #[error("This account has expired.")]
    Expired,
    /// The address was never proved.
    #[error("The email address is not verified. Follow the link in the verification mail first.")]
    NotVerified,
    /// The operator wants no mailed links that sign in.
    #[error("Signing in by a mailed link is switched off here.")]
    LinksDisabled,
    /// Unknown, used, replaced or expired: callers may not learn which.
    #[error("The link is invalid, expired or was already used.")]
    InvalidToken,
    /// The link is shown by another client than the one that asked for it. It still works there.
    #[error("Open the link in the browser or program that asked for it.")]
    OpenedElsewhere,
    /// Told only to who shows a right link.
    #[error("This account cannot be signed in to by a mailed link. Use the password.")]
    FirstFactorNotAllowed,
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
    /// No code was mailed for this sign-in.
    #[error("No code is mailed for this sign-in.")]
    NoCodeToSend,
    /// Codes are mailed with pauses, and not often.
    #[error("No other code is sent now.")]
    ResendThrottled {
        /// Seconds until one may be asked for.
        seconds: u32,
    },
    /// Signing failed.
    #[error("The access token could not be made.")]
    Token(#[from] InvalidAccessToken),
    /// See [`CommonError`].
    #[error(transparent)]
    Common(CommonError),
}

faults! {
    SignInError {
        Self::InvalidCredentials => Unauthenticated: "invalid-credentials",
        Self::ChallengeExpired => Unauthenticated: "challenge-expired",
        Self::InvalidSecondFactor { .. } => Unauthenticated: "invalid-second-factor",
        Self::Throttled { .. } => RateLimited: "sign-in-throttled",
        Self::ResendThrottled { .. } => RateLimited: "code-throttled",
        Self::DeletionScheduled => Forbidden: "deletion-scheduled",
        Self::Disabled => Forbidden: "account-disabled",
        Self::Expired => Forbidden: "account-expired",
        Self::NotVerified => Forbidden: "email-not-verified",
        Self::LinksDisabled => Forbidden: "login-links-disabled",
        Self::ForeignPage => Forbidden: "csrf-failed",
        Self::FirstFactorNotAllowed => Forbidden: "first-factor-not-allowed",
        Self::InvalidToken => Malformed: "invalid-or-expired-token",
        Self::OpenedElsewhere => Conflict: "link-opened-elsewhere",
        Self::NoCodeToSend => Conflict: "no-code-by-mail",
        Self::SecondFactorLost => Conflict: "second-factor-key-lost",
        Self::Token(_) => Internal: "internal",
    }
    retry_after: |error| match error {
        Self::Throttled { seconds } | Self::ResendThrottled { seconds } => Some(*seconds),
        _ => None,
    };
    extensions: |error| match error {
        Self::InvalidSecondFactor { attempts_left } => vec![("attempts_left", (*attempts_left).into())],
        _ => Vec::new(),
    };
}

impl SignInError {
    /// A code that was not accepted for this challenge.
    pub(crate) fn invalid(challenge: &Challenge) -> Self {
        Self::InvalidSecondFactor { attempts_left: challenge.attempts_left() }
    }
}

/// The access token of a session, dated to whole seconds as JWT wants it.
pub(crate) fn issue_access_token(
    access_tokens: &dyn AccessTokens,
    policy: &Policy,
    user: &User,
    session: SessionId,
    now: Timestamp,
) -> Result<(SecretText, i64), InvalidAccessToken> {
    let expires_at = now.plus(policy.access_token);
    let claims = AccessClaims {
        user: UserId(user.id.0),
        session,
        email: Some(user.email.as_str().to_owned()),
        version: user.token_version,
        issued_at: now,
        expires_at,
    };
    Ok((access_tokens.issue(&claims)?, policy.access_token.num_seconds()))
}
