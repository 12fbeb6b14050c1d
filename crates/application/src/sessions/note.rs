//! Notes something on a session: a name, or whether its device is trusted.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::SessionId,
    identity::{AuditAction, AuditLine, Session, SessionNote},
};
use serde_json::json;

use super::{SessionError, Sessions};
use crate::request::{authorize, request};

/// What to note on which session.
#[derive(Debug)]
pub struct NoteOnSession {
    /// The session it is about.
    pub session: SessionId,
    /// What is to be noted.
    pub note: SessionNote,
}

request!(NoteOnSession, "sessions.note", Access::User(Needs::own()));

impl Sessions {
    /// Notes it and answers with the session. One that has ended is not there.
    #[tracing::instrument(name = "sessions.note", skip_all)]
    pub async fn note(&self, call: &Call, request: NoteOnSession) -> Result<Session, SessionError> {
        let owner = authorize::<NoteOnSession>(call)?.user;
        let NoteOnSession { session, note } = request;
        let mut work = self.store.begin().await?;
        if !work.sessions().note(owner, session, &note).await? {
            return Err(SessionError::NotFound);
        }
        let noted = work.sessions().find(session).await?.ok_or(SessionError::NotFound)?.session;
        let details = json!({"session": session.to_string(), "is_trusted": noted.is_trusted});
        let line = AuditLine::new(AuditAction::SessionUpdated, owner).with(details);
        work.note(&self.sources, call, line).await?;
        work.commit().await?;
        self.cache.forget(session);
        Ok(self.with_activity(noted))
    }
}
