//! Exchanges a refresh token for a new pair. Every token works once; showing a spent one ends the session.

use dashtam_domain::{
    access::Access,
    call::Call,
    event::DomainEvent,
    id::OutboxId,
    identity::{
        AuditAction, AuditLine, ClientDescription, EndReason, OtherClient, RefreshGeneration, RefreshVerdict,
        Session, User, fingerprint,
    },
    secret::{OpaqueSecret, SecretKind, SecretText},
    store::UnitOfWork,
};
use serde_json::json;

use super::{SessionError, Sessions};
use crate::{
    request::request,
    sign_in::{Tokens, issue_access_token},
};

/// A refresh token shown.
#[derive(Debug)]
pub struct Refresh {
    /// As presented.
    pub refresh_token: SecretText,
}

request!(Refresh, "sessions.refresh", Access::Public);

/// What was noted of the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Noted {
    Nothing,
    Line,
    Mail,
}

impl Sessions {
    /// Exchanges the token. Clients that race within [`RefreshGeneration::RACE_WINDOW`] get the same successor, as
    /// long as nobody used it.
    #[tracing::instrument(name = "sessions.refresh", skip_all)]
    pub async fn refresh(&self, call: &Call, request: Refresh) -> Result<Tokens, SessionError> {
        let token = OpaqueSecret::parse(SecretKind::Refresh, request.refresh_token.expose())
            .ok_or(SessionError::InvalidRefreshToken)?;

        let mut work = self.store.begin().await?;
        let shown =
            work.refresh_tokens().find(&token.hash()).await?.ok_or(SessionError::InvalidRefreshToken)?;
        let snapshot = work.sessions().find(shown.session).await?.ok_or(SessionError::InvalidRefreshToken)?;
        let seen = self.seen(shown.session);
        if !snapshot.admits_seen(snapshot.session.token_version, seen, call.now) {
            return Err(SessionError::InvalidRefreshToken);
        }
        let verdict = match shown.verdict(call.now) {
            // Only one of several racing requests consumes the token; the others find it used just now.
            RefreshVerdict::Fresh if !work.refresh_tokens().consume(&shown.hash, call.now).await? => {
                RefreshVerdict::Concurrent
            }
            verdict => verdict,
        };
        let successor = self.refresh_secrets.derive(shown.session, shown.generation + 1);
        match verdict {
            RefreshVerdict::Fresh => {
                let next = RefreshGeneration {
                    hash: successor.hash(),
                    generation: shown.generation + 1,
                    created_at: call.now,
                    expires_at: call.now.plus(self.policy.refresh_token).min(snapshot.session.expires_at),
                    used_at: None,
                    ..shown
                };
                work.refresh_tokens().insert(&next).await?;
                let noted = self.note_client(call, &mut *work, &snapshot.session).await?;
                work.commit().await?;
                self.tell(noted);
            }
            RefreshVerdict::Concurrent => {
                // Derived under another key than the stored successor: there is nothing to hand out.
                let next = work.refresh_tokens().find(&successor.hash()).await?;
                // A client that raced still waits for the successor; whoever comes when it is spent is somebody else.
                if next.ok_or(SessionError::InvalidRefreshToken)?.used_at.is_some() {
                    return Err(self.end_after_reuse(call, work, &shown).await?);
                }
                let noted = self.note_client(call, &mut *work, &snapshot.session).await?;
                if noted != Noted::Nothing {
                    work.commit().await?;
                    self.tell(noted);
                }
            }
            RefreshVerdict::Expired => return Err(SessionError::InvalidRefreshToken),
            RefreshVerdict::Reused => return Err(self.end_after_reuse(call, work, &shown).await?),
        }
        self.activity.record(shown.session, call.now);
        self.pair(call, &snapshot.user, &shown, successor)
    }

    /// Remembers a client that goes on with a session another one began: each with a line, the first with a mail. That
    /// its device is trusted changes nothing, because it is not that device.
    async fn note_client(
        &self,
        call: &Call,
        work: &mut dyn UnitOfWork,
        session: &Session,
    ) -> Result<Noted, SessionError> {
        let print = fingerprint(call.client.user_agent.as_deref());
        let ClientDescription { device, location } = self.clients.describe(&call.client);
        if session.began_on(&device, &print) {
            return Ok(Noted::Nothing);
        }
        let seen = work.sessions().note_other_client(session.id, &print).await?;
        if seen == OtherClient::Noted {
            return Ok(Noted::Nothing);
        }
        let line = AuditLine::new(AuditAction::OtherClient, session.user).with(json!({
            "session": session.id.to_string(), "began_on": session.device, "device": device,
        }));
        work.note(&self.sources, call, line).await?;
        if seen == OtherClient::Another {
            return Ok(Noted::Line);
        }
        let (user, session, address) = (session.user, session.id, call.client.address);
        let event = DomainEvent::OtherClient { user, session, device, location, address };
        work.outbox().push(OutboxId(self.sources.ids.next()), event, call.now).await?;
        Ok(Noted::Mail)
    }

    fn tell(&self, noted: Noted) {
        if noted == Noted::Mail {
            self.signal.ring();
        }
    }

    fn pair(
        &self,
        call: &Call,
        user: &User,
        shown: &RefreshGeneration,
        refresh_token: OpaqueSecret,
    ) -> Result<Tokens, SessionError> {
        let (access_token, expires_in) =
            issue_access_token(&*self.access_tokens, &self.policy, user, shown.session, call.now)?;
        Ok(Tokens { access_token, refresh_token, expires_in })
    }

    /// Somebody else may hold the session: end it for everybody, and say so. The refusal is remembered.
    async fn end_after_reuse(
        &self,
        call: &Call,
        mut work: Box<dyn UnitOfWork>,
        shown: &RefreshGeneration,
    ) -> Result<SessionError, SessionError> {
        work.sessions().end(shown.user, shown.session, EndReason::RefreshReuse, call.now).await?;
        let line = AuditLine::new(AuditAction::RefreshReused, shown.user)
            .with(json!({"session": shown.session.to_string()}));
        work.note(&self.sources, call, line).await?;
        let event = DomainEvent::RefreshReused { user: shown.user, session: shown.session };
        work.outbox().push(OutboxId(self.sources.ids.next()), event, call.now).await?;
        work.commit().await?;
        self.cache.forget(shown.session);
        self.signal.ring();
        tracing::warn!(session.id = %shown.session, "a spent refresh token was shown; the session was ended");
        Ok(SessionError::RefreshTokenReused)
    }
}
