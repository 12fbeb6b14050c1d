//! Makes somebody an administrator, or an administrator somebody like everybody.

use dashtam_domain::{
    access::Access,
    call::Call,
    id::AuditId,
    identity::{AuditAction, AuditEntry, EmailAddress},
};

use super::{Administration, AdministrationError};
use crate::request::request;

/// Who, and what.
#[derive(Debug)]
pub struct SetAdministrator {
    /// The account's address.
    pub email: EmailAddress,
    /// Whether it shall be an administrator's.
    pub administrator: bool,
}

request!(SetAdministrator, "administration.set_administrator", Access::System);

impl Administration {
    /// Grants or revokes it; whether that changed anything. Sessions under way know within a few seconds.
    #[tracing::instrument(name = "administration.set_administrator", skip_all)]
    pub async fn set_administrator(
        &self,
        call: &Call,
        request: SetAdministrator,
    ) -> Result<bool, AdministrationError> {
        call.permits(Access::System)?;
        let SetAdministrator { email, administrator } = request;
        let mut work = self.store.begin().await?;
        let mut user = work.users().find_by_email(&email).await?.ok_or(AdministrationError::NotFound)?;
        if user.administrator == administrator {
            return Ok(false);
        }
        user.administrator = administrator;
        user.updated_at = call.now;
        work.users().update(&mut user).await?;
        let action = match administrator {
            true => AuditAction::AdministratorGranted,
            false => AuditAction::AdministratorRevoked,
        };
        let id = AuditId(self.sources.ids.next());
        work.audit().append(&AuditEntry::new(id, call, action, user.id)).await?;
        work.commit().await?;
        self.cache.forget_user(user.id);
        Ok(true)
    }
}
