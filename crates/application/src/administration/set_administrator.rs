//! What the command line of the host changes about accounts: who is an administrator, and who is switched off.

use dashtam_domain::{access::Access, call::Call, identity::EmailAddress};

use super::{Administration, AdministrationError, UserChange};
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

/// Who, and whether.
#[derive(Debug)]
pub struct SetActive {
    /// The account's address.
    pub email: EmailAddress,
    /// Whether it shall be switched on.
    pub active: bool,
}

request!(SetActive, "administration.set_active", Access::System);

impl Administration {
    /// Grants or revokes it; whether that changed anything. Sessions under way know within a few seconds.
    #[tracing::instrument(name = "administration.set_administrator", skip_all)]
    pub async fn set_administrator(
        &self,
        call: &Call,
        request: SetAdministrator,
    ) -> Result<bool, AdministrationError> {
        let SetAdministrator { email, administrator } = request;
        let change = UserChange { administrator: Some(administrator), ..UserChange::default() };
        self.set(call, &email, change).await
    }

    /// Switches an account on or off, and signs its owner out; whether that changed anything.
    #[tracing::instrument(name = "administration.set_active", skip_all)]
    pub async fn set_active(&self, call: &Call, request: SetActive) -> Result<bool, AdministrationError> {
        let SetActive { email, active } = request;
        let change = UserChange { disabled: Some(!active), ..UserChange::default() };
        self.set(call, &email, change).await
    }

    async fn set(
        &self,
        call: &Call,
        email: &EmailAddress,
        change: UserChange,
    ) -> Result<bool, AdministrationError> {
        call.permits(Access::System)?;
        let user = self.queries.user_by_email(email).await?.ok_or(AdministrationError::NotFound)?;
        let mut work = self.store.begin().await?;
        let others = self.others(call, &mut *work, &change, user.id).await?;
        let before = work.users().find(user.id).await?.ok_or(AdministrationError::NotFound)?;
        let mut after = before.clone();
        change.apply(&mut after, call);
        let was = before.revision;
        Ok(self.write(call, work, before, after, None, others).await?.revision != was)
    }
}
