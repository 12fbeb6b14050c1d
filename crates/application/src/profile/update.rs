//! Changes the caller's name.

use dashtam_domain::{
    access::{Access, AccessDenied, Needs},
    call::Call,
    id::AuditId,
    identity::{AuditAction, AuditEntry, EmailAddress, PersonName, User},
};

use super::{Profile, ProfileError};
use crate::request::{authorize, request};

/// What shall be different.
#[derive(Debug)]
pub struct UpdateProfile {
    /// Another name.
    pub name: Option<PersonName>,
    /// The present address, which is left alone; another one is refused here.
    pub email: Option<EmailAddress>,
}

request!(UpdateProfile, "profile.update", Access::User(Needs::own_change()));

impl Profile {
    /// Changes what is given. The account as it then is.
    #[tracing::instrument(name = "profile.update", skip_all)]
    pub async fn update(&self, call: &Call, request: UpdateProfile) -> Result<User, ProfileError> {
        let principal = authorize::<UpdateProfile>(call)?;

        let mut work = self.store.begin().await?;
        let mut user = work.users().find(principal.user).await?.ok_or(AccessDenied::Anonymous)?;
        if request.email.is_some_and(|email| email != user.email) {
            return Err(ProfileError::EmailNotHere);
        }
        let Some(name) = request.name.filter(|name| *name != user.name) else { return Ok(user) };
        user.rename(name, call.now);
        work.users().update(&mut user).await?;
        let id = AuditId(self.sources.ids.next());
        work.audit().append(&AuditEntry::new(id, call, AuditAction::ProfileUpdated, user.id)).await?;
        work.commit().await?;

        self.cache.forget_user(user.id);
        Ok(user)
    }
}
