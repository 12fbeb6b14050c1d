//! Ends the caller's session.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    identity::{AuditAction, AuditLine, EndReason},
    secret::{OpaqueSecret, SecretKind, SecretText},
};

use super::{SessionError, Sessions};
use crate::request::{authorize, request};

/// A sign-out.
#[derive(Debug)]
pub struct SignOut {
    /// A refresh token whose session ends too, if it is the caller's. Unknown ones are ignored.
    pub refresh_token: Option<SecretText>,
}

request!(SignOut, "sessions.sign_out", Access::User(Needs::own()));

impl Sessions {
    /// Ends the session of the call, and that of the refresh token if it is another one of the same user.
    /// Access tokens of both stop at once.
    #[tracing::instrument(name = "sessions.sign_out", skip_all)]
    pub async fn sign_out(&self, call: &Call, request: SignOut) -> Result<(), SessionError> {
        let principal = authorize::<SignOut>(call)?;
        let other =
            request.refresh_token.and_then(|token| OpaqueSecret::parse(SecretKind::Refresh, token.expose()));

        let mut work = self.store.begin().await?;
        let mut ended = vec![principal.session];
        if let Some(token) = other {
            let found = work.refresh_tokens().find(&token.hash()).await?;
            ended.extend(found.filter(|t| t.user == principal.user).map(|t| t.session));
        }
        ended.dedup();
        for session in &ended {
            work.sessions().end(principal.user, *session, EndReason::SignedOut, call.now).await?;
        }
        let line = AuditLine::new(AuditAction::SessionEnded, principal.user);
        work.note(&self.sources, call, line).await?;
        work.commit().await?;

        for session in ended {
            self.cache.forget(session);
        }
        Ok(())
    }
}
