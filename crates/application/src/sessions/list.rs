//! Lists the caller's sessions.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::SessionId,
    identity::{Session, SessionKey},
    page::{Limit, Page},
};

use super::{SessionError, Sessions};
use crate::request::{authorize, request};

/// Which page.
#[derive(Debug)]
pub struct ListSessions {
    /// After this session.
    pub after: Option<SessionKey>,
    /// How many.
    pub limit: Limit,
}

request!(ListSessions, "sessions.list", Access::User(Needs::own()));

/// A page of sessions.
#[derive(Debug)]
pub struct ListedSessions {
    /// The page.
    pub page: Page<Session, SessionKey>,
    /// How many sessions there are on all pages.
    pub total: u64,
    /// The session of the call.
    pub current: SessionId,
}

impl Sessions {
    /// The caller's sessions that are good now, the latest request first. API keys are listed elsewhere.
    pub async fn list(&self, call: &Call, request: ListSessions) -> Result<ListedSessions, SessionError> {
        let caller = authorize::<ListSessions>(call)?;
        let page = self.queries.sessions(caller.user, call.now, request.after, request.limit).await?;
        let total = self.queries.count_sessions(caller.user, call.now).await?;
        let Page { items, next } = page;
        // Places in the list are those of what is written; what is shown is newer.
        let items = items.into_iter().map(|session| self.with_activity(session)).collect();
        Ok(ListedSessions { page: Page { items, next }, total, current: caller.session })
    }

    pub(super) fn with_activity(&self, session: Session) -> Session {
        let pending = self.activity.pending(session.id);
        session.with_activity(pending)
    }
}
