//! Makes every token of one user void.

use std::ops::RangeInclusive;

use dashtam_domain::{
    access::{Access, AccessDenied, Needs},
    call::Call,
    id::UserId,
    identity::{AuditAction, AuditLine, EndReason},
    time::Timestamp,
};
use serde_json::json;

use super::{RotationError, TokenRotation};
use crate::{
    request::{authorize, request},
    webhooks,
};

/// Whose tokens, and why.
#[derive(Debug)]
pub struct RotateUser {
    /// The caller, or anybody if the caller is an administrator.
    pub user: UserId,
    /// For the audit trail; as long as [`RotateUser::REASON`] says.
    pub reason: String,
}

impl RotateUser {
    /// Characters of a reason.
    pub const REASON: RangeInclusive<usize> = 10..=500;
}

request!(RotateUser, "token_rotation.user", Access::User(Needs::own()));

/// A rotation that was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRotated {
    /// The user it is about.
    pub user: UserId,
    /// The version so far.
    pub old_version: i32,
    /// The lowest version from now on.
    pub new_version: i32,
    /// Sessions that ended by it.
    pub sessions: u64,
    /// The reason that was given.
    pub reason: String,
    /// When it happened.
    pub at: Timestamp,
}

impl TokenRotation {
    /// Raises the user's version and ends every session, API keys included: no token issued so far works again. Who
    /// may not is told the same whether or not there is such a user.
    #[tracing::instrument(name = "token_rotation.user", skip_all)]
    pub async fn user(&self, call: &Call, request: RotateUser) -> Result<UserRotated, RotationError> {
        let caller = authorize::<RotateUser>(call)?;
        let RotateUser { user, reason } = request;
        if user != caller.user && !caller.administrator {
            return Err(AccessDenied::Forbidden.into());
        }
        let mut work = self.store.begin().await?;
        let new_version = work.users().rotate_tokens(user, call.now).await?.ok_or(RotationError::NotFound)?;
        let sessions = work.sessions().end_all(user, None, true, EndReason::Rotated, call.now).await?;
        webhooks::end_all(&mut *work, &self.sources, call, user).await?;
        let line = AuditLine::new(AuditAction::UserTokensRotated, user).with(json!({
            "reason": reason, "new_version": new_version, "sessions": sessions,
            "by": caller.user.to_string(),
        }));
        work.note(&self.sources, call, line).await?;
        work.commit().await?;
        self.cache.forget_user(user);
        tracing::warn!(user.id = %user, sessions, "the tokens of a user were made void");
        Ok(UserRotated { user, old_version: new_version - 1, new_version, sessions, reason, at: call.now })
    }
}
