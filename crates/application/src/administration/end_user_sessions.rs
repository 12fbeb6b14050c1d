//! Signs somebody out everywhere.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::UserId,
    identity::{AuditAction, EndReason, Scope},
};
use serde_json::json;

use super::{Administration, AdministrationError};
use crate::{
    request::{authorize, request},
    webhooks,
};

/// Whose sessions.
#[derive(Debug)]
pub struct EndUserSessions {
    /// The user it is about.
    pub user: UserId,
}

request!(
    EndUserSessions,
    "administration.end_user_sessions",
    Access::Administrator(Needs::change(Scope::AdminWrite).fresh())
);

impl Administration {
    /// Ends every session of the account, API keys included; how many there were.
    #[tracing::instrument(name = "administration.end_user_sessions", skip_all, fields(user.id = %request.user))]
    pub async fn end_user_sessions(
        &self,
        call: &Call,
        request: EndUserSessions,
    ) -> Result<u64, AdministrationError> {
        let by = authorize::<EndUserSessions>(call)?;
        let mut work = self.store.begin().await?;
        let user = self.found(&mut *work, by, request.user).await?;
        let reason = EndReason::Administered;
        let ended = work.sessions().end_all(user.id, None, true, reason, call.now).await?;
        webhooks::end_all(&mut *work, &self.sources, call, user.id).await?;
        let details = json!({ "sessions": ended });
        self.note(&mut *work, call, AuditAction::SessionEnded, user.id, details).await?;
        work.commit().await?;
        self.cache.forget_user(user.id);
        Ok(ended)
    }
}
