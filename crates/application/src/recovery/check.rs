//! Tells whether a mailed token still leads to a new password.

use dashtam_domain::{
    access::Access,
    call::Call,
    identity::Purpose,
    secret::{OpaqueSecret, SecretKind, SecretText},
    time::Timestamp,
};

use super::{Recovery, RecoveryError};
use crate::request::request;

/// A mailed token.
#[derive(Debug)]
pub struct CheckReset {
    /// As presented.
    pub token: SecretText,
}

request!(CheckReset, "recovery.check", Access::Public);

/// Whether a token works, and how long. Nothing about whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResetState {
    /// Last instant it works; `None`: it does not.
    pub expires_at: Option<Timestamp>,
}

impl Recovery {
    /// Looks at a token and leaves it as it is.
    #[tracing::instrument(name = "recovery.check", skip_all)]
    pub async fn check(&self, call: &Call, request: CheckReset) -> Result<ResetState, RecoveryError> {
        let Some(token) = OpaqueSecret::parse(SecretKind::PasswordReset, request.token.expose()) else {
            return Ok(ResetState { expires_at: None });
        };
        let live = self.queries.one_time_token(Purpose::PasswordReset, &token.hash(), call.now).await?;
        Ok(ResetState { expires_at: live.map(|live| live.expires_at) })
    }
}
