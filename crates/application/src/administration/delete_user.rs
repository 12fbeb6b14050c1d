//! Closes somebody's account; it is erased later, like one that its owner gave up.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    event::DomainEvent,
    id::UserId,
    identity::{AuditAction, EndReason, Purpose, Scope},
    time::Timestamp,
};
use serde_json::json;

use super::{Administration, AdministrationError, keep_one};
use crate::{
    request::{authorize, request},
    webhooks,
};

/// Whose account.
#[derive(Debug)]
pub struct DeleteUser {
    /// The user it is about.
    pub user: UserId,
}

request!(
    DeleteUser,
    "administration.delete_user",
    Access::Administrator(Needs::change(Scope::AdminWrite).fresh())
);

/// Tokens that would do something with the account, or keep it.
const ENDED: [Purpose; 2] = [Purpose::EmailChange, Purpose::DeletionCancel];

impl Administration {
    /// Switches the account off, ends its sessions and schedules its erasure; when that happens. Until then switching
    /// it on keeps it. One that is closed already stays as it is.
    #[tracing::instrument(name = "administration.delete_user", skip_all, fields(user.id = %request.user))]
    pub async fn delete_user(
        &self,
        call: &Call,
        request: DeleteUser,
    ) -> Result<Timestamp, AdministrationError> {
        let by = authorize::<DeleteUser>(call)?;
        let mut work = self.store.begin().await?;
        let others = work.users().other_administrators(request.user, call.now).await?;
        let mut user = self.found(&mut *work, by, request.user).await?;
        // Closed by an administrator already: nobody is told of it again. That its owner gave it up before does not keep it for
        // its owner.
        if let (true, false, Some(due)) = (user.off_by_administrator, user.is_active, user.deletion_due_at) {
            work.one_time_tokens().revoke(user.id, &ENDED).await?;
            work.commit().await?;
            return Ok(due);
        }
        if work.users().has_sub_users(user.id).await? {
            return Err(AdministrationError::HasSubUsers);
        }
        let before = user.standing(call.now);
        let due = user.schedule_deletion(call.now);
        user.switch(false);
        user.off_by_administrator = true;
        keep_one(before, user.standing(call.now), Some(others))?;
        work.users().update(&mut user).await?;
        work.sessions().end_all(user.id, None, true, EndReason::AccountDeletion, call.now).await?;
        webhooks::end_all(&mut *work, &self.sources, call, user.id).await?;
        work.one_time_tokens().revoke(user.id, &ENDED).await?;
        let details = json!({"due": due.to_string()});
        self.note(&mut *work, call, AuditAction::DeletionScheduled, user.id, details).await?;
        self.tell(&mut *work, call, DomainEvent::DeletionScheduled { user: user.id }).await?;
        work.commit().await?;

        self.cache.forget_user(user.id);
        self.signal.ring();
        Ok(due)
    }
}
