//! Ends the session a browser held before it signed in anew.

use dashtam_domain::{
    access::Access,
    call::Call,
    identity::{AuditAction, AuditLine, EndReason, Transport},
    secret::{OpaqueSecret, SecretKind, SecretText},
};
use serde_json::json;

use super::{SessionError, Sessions};
use crate::request::request;

/// A browser that has another session now.
#[derive(Debug)]
pub struct EndReplaced {
    /// The secret its cookie held before.
    pub cookie: SecretText,
}

request!(EndReplaced, "sessions.end_replaced", Access::Public);

impl Sessions {
    /// Ends that session, whosever it was: who shows the secret holds it. One that is over or unknown is let be. So
    /// nobody who planted or kept the earlier cookie goes on after a sign-in.
    #[tracing::instrument(name = "sessions.end_replaced", skip_all)]
    pub async fn end_replaced(&self, call: &Call, request: EndReplaced) -> Result<(), SessionError> {
        let Some(secret) = OpaqueSecret::parse(SecretKind::CookieSession, request.cookie.expose()) else {
            return Ok(());
        };
        let found = self.queries.session_by_credential(&secret.hash()).await?;
        let Some(old) = found.map(|found| found.session).filter(|old| old.transport == Transport::Cookie)
        else {
            return Ok(());
        };
        let mut work = self.store.begin().await?;
        if !work.sessions().end(old.user, old.id, EndReason::Replaced, call.now).await? {
            return Ok(());
        }
        let line = AuditLine::new(AuditAction::SessionEnded, old.user)
            .with(json!({"session": old.id.to_string(), "scope": "replaced"}));
        work.note(&self.sources, call, line).await?;
        work.commit().await?;
        self.cache.forget(old.id);
        Ok(())
    }
}
