//! Lets the owner of an account in that was brought back from an archive, which holds no password.

use dashtam_domain::{
    access::Access,
    call::Call,
    id::UserId,
    identity::{AuditAction, INVITATION, OneTimeToken, Purpose},
    secret::{OpaqueSecret, SecretKind},
    store::UnitOfWork,
};
use serde_json::json;

use super::{Administration, AdministrationError, Begun};
use crate::request::request;

/// Whose account was brought back.
#[derive(Debug)]
pub struct WelcomeBack {
    /// The user it is about.
    pub user: UserId,
}

request!(WelcomeBack, "administration.welcome_back", Access::System);

impl Administration {
    /// Makes the link by which the owner chooses a password, and notes in the audit trail where the account came from, in the
    /// unit of work that brings it back: no account is there without either.
    #[tracing::instrument(name = "administration.welcome_back", skip_all, fields(user.id = %request.user))]
    pub async fn welcome_back(
        &self,
        call: &Call,
        work: &mut dyn UnitOfWork,
        request: WelcomeBack,
    ) -> Result<Begun, AdministrationError> {
        call.permits(Access::System)?;
        let secret = OpaqueSecret::from_bytes(SecretKind::PasswordReset, &self.sources.randomness.bytes());

        let user = work.users().find(request.user).await?.ok_or(AdministrationError::NotFound)?;
        self.note(work, call, AuditAction::AccountRestored, user.id, json!({})).await?;
        let token = OneTimeToken {
            hash: secret.hash(),
            user: user.id,
            purpose: Purpose::PasswordReset,
            subject: None,
            created_at: call.now,
            expires_at: call.now.plus(INVITATION),
        };
        work.one_time_tokens().issue(&token).await?;

        let mut link = self.policy.page("reset-password");
        link.query_pairs_mut().append_pair("token", secret.expose());
        Ok(Begun { user: user.id, link: Some(link), time: INVITATION })
    }
}
