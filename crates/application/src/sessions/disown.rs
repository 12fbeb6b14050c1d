//! "This was not me": ends a session its owner does not know, and starts a reset of the password.

use dashtam_domain::{
    access::Access,
    call::Call,
    event::DomainEvent,
    id::{OutboxId, SessionId},
    identity::{AuditAction, AuditLine, EndReason, Purpose},
    secret::{OpaqueSecret, SecretKind, SecretText},
};
use serde_json::json;

use super::{SessionError, Sessions};
use crate::request::request;

/// The token of a mailed link.
#[derive(Debug)]
pub struct DisownSession {
    /// As presented.
    pub token: SecretText,
}

request!(DisownSession, "sessions.disown", Access::Public);

impl Sessions {
    /// Ends the session the mail was about and has a reset mailed. The token works once, also when the session has
    /// ended by itself: the password is known to somebody else all the same.
    #[tracing::instrument(name = "sessions.disown", skip_all)]
    pub async fn disown(&self, call: &Call, request: DisownSession) -> Result<(), SessionError> {
        let token = OpaqueSecret::parse(SecretKind::NotMe, request.token.expose())
            .ok_or(SessionError::InvalidLink)?;
        let mut work = self.store.begin().await?;
        let redeemed = work.one_time_tokens().redeem(Purpose::NotMe, &token.hash(), call.now).await?;
        let redeemed = redeemed.ok_or(SessionError::InvalidLink)?;
        let user = redeemed.user;
        let session: SessionId =
            redeemed.subject.and_then(|id| id.parse().ok()).ok_or(SessionError::InvalidLink)?;
        work.sessions().end(user, session, EndReason::NotMe, call.now).await?;
        let line =
            AuditLine::new(AuditAction::SessionDisowned, user).with(json!({"session": session.to_string()}));
        work.note(&self.sources, call, line).await?;
        let event = DomainEvent::PasswordResetRequested { user };
        work.outbox().push(OutboxId(self.sources.ids.next()), event, call.now).await?;
        work.commit().await?;

        self.cache.forget(session);
        self.signal.ring();
        tracing::warn!(session.id = %session, "a session was disowned by its owner");
        Ok(())
    }
}
