//! Tells whether the token of a mailed link still works, so that the page behind it can say so before anybody types.

use dashtam_domain::{
    access::Access,
    call::Call,
    identity::Purpose,
    secret::{OpaqueSecret, SecretKind, SecretText},
};

use super::{Recovery, RecoveryError};
use crate::request::request;

/// A mailed token, and what it is shown for.
#[derive(Debug)]
pub struct CheckLink {
    /// What for.
    pub purpose: Purpose,
    /// As presented.
    pub token: SecretText,
}

request!(CheckLink, "recovery.check_link", Access::Public);

impl Recovery {
    /// Whether the token works; nothing about whose it is. Looking leaves it as it is.
    #[tracing::instrument(name = "recovery.check_link", skip_all)]
    pub async fn check_link(&self, call: &Call, request: CheckLink) -> Result<bool, RecoveryError> {
        let CheckLink { purpose, token } = request;
        let Some(token) = OpaqueSecret::parse(kind_of(purpose), token.expose()) else { return Ok(false) };
        Ok(self.queries.one_time_token(purpose, &token.hash(), call.now).await?.is_some())
    }
}

/// The kind of secret that is mailed for a purpose.
fn kind_of(purpose: Purpose) -> SecretKind {
    match purpose {
        Purpose::EmailVerification => SecretKind::EmailVerification,
        Purpose::PasswordReset => SecretKind::PasswordReset,
        Purpose::EmailChange => SecretKind::EmailChange,
        Purpose::EmailChangeUndo => SecretKind::EmailChangeUndo,
        Purpose::DeletionCancel => SecretKind::DeletionCancel,
        Purpose::NotMe => SecretKind::NotMe,
        Purpose::SecondFactorKeep => SecretKind::SecondFactorKeep,
        Purpose::LoginLink => SecretKind::LoginLink,
    }
}
