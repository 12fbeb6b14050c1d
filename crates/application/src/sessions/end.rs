//! Ends other sessions of the caller, or all of them.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::SessionId,
    identity::{AuditAction, AuditLine, EndReason},
};
use serde_json::json;

use super::{SessionError, Sessions};
use crate::request::{authorize, request};

/// One session to end, which is not that of the call.
#[derive(Debug)]
pub struct EndSession {
    /// The session it is about.
    pub session: SessionId,
}

request!(EndSession, "sessions.end", Access::User(Needs::own()));

/// Several sessions to end.
#[derive(Debug)]
pub struct EndSessions {
    /// The sessions that are to end.
    pub which: Which,
}

request!(EndSessions, "sessions.end_many", Access::User(Needs::own()));

/// Which of the caller's sessions; API keys are none of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// All but that of the call.
    Others,
    /// Every session of the caller.
    All,
}

impl Which {
    fn as_str(self) -> &'static str {
        match self {
            Self::Others => "others",
            Self::All => "all",
        }
    }
}

impl Sessions {
    /// Ends the session; its tokens stop at once.
    #[tracing::instrument(name = "sessions.end", skip_all)]
    pub async fn end(&self, call: &Call, request: EndSession) -> Result<(), SessionError> {
        let caller = authorize::<EndSession>(call)?;
        let EndSession { session } = request;
        if session == caller.session {
            return Err(SessionError::CurrentSession);
        }
        let mut work = self.store.begin().await?;
        if !work.sessions().end(caller.user, session, EndReason::Revoked, call.now).await? {
            let known = work.sessions().find(session).await?;
            return Err(match known.is_some_and(|known| known.session.user == caller.user) {
                true => SessionError::AlreadyEnded,
                false => SessionError::NotFound,
            });
        }
        let details = json!({"session": session.to_string(), "scope": "one"});
        let line = AuditLine::new(AuditAction::SessionEnded, caller.user).with(details);
        work.note(&self.sources, call, line).await?;
        work.commit().await?;
        self.cache.forget(session);
        Ok(())
    }

    /// Ends the sessions; how many there were.
    #[tracing::instrument(name = "sessions.end_many", skip_all)]
    pub async fn end_many(&self, call: &Call, request: EndSessions) -> Result<u64, SessionError> {
        let caller = authorize::<EndSessions>(call)?;
        let spared = match request.which {
            Which::Others => Some(caller.session),
            Which::All => None,
        };
        let mut work = self.store.begin().await?;
        let ended = work.sessions().end_all(caller.user, spared, false, EndReason::Revoked, call.now).await?;
        let details = json!({"scope": request.which.as_str(), "count": ended});
        let line = AuditLine::new(AuditAction::SessionEnded, caller.user).with(details);
        work.note(&self.sources, call, line).await?;
        work.commit().await?;
        self.cache.forget_user(caller.user);
        Ok(ended)
    }
}
