//! Changes the caller's password.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    event::DomainEvent,
    id::OutboxId,
    identity::{AuditAction, AuditLine, EndReason, PlainPassword, Purpose},
    secret::SecretText,
};

use super::{Profile, ProfileError};
use crate::request::{authorize, request};

/// The old password and the new one.
#[derive(Debug)]
pub struct ChangePassword {
    /// As typed.
    pub current_password: PlainPassword,
    /// As typed; the rule is looked at only after the current one proved right.
    pub new_password: SecretText,
}

request!(ChangePassword, "profile.change_password", Access::User(Needs::own().with_password()));

impl Profile {
    /// Changes the password and ends every other session. The current one goes on.
    #[tracing::instrument(name = "profile.change_password", skip_all)]
    pub async fn change_password(&self, call: &Call, request: ChangePassword) -> Result<(), ProfileError> {
        let principal = authorize::<ChangePassword>(call)?;
        let ChangePassword { current_password, new_password } = request;
        let proved = self.prove(call, principal, &current_password).await?;
        if new_password.expose() == current_password.expose() {
            return Err(ProfileError::SamePassword);
        }
        let chosen = PlainPassword::chosen(new_password.expose(), &proved.user.email, &proved.user.name);
        let hash = self.hasher.hash(&chosen.map_err(ProfileError::Weak)?).await?;

        let mut work = self.store.begin().await?;
        let mut user = proved.still(work.users().find(principal.user).await?)?;
        user.change_password(hash, call.now);
        work.users().update(&mut user).await?;
        let reason = EndReason::PasswordChanged;
        work.sessions().end_all(user.id, Some(principal.session), false, reason, call.now).await?;
        let others = [Purpose::PasswordReset, Purpose::EmailChange, Purpose::LoginLink];
        work.one_time_tokens().revoke(user.id, &others).await?;
        work.note(&self.sources, call, AuditLine::new(AuditAction::PasswordChanged, user.id)).await?;
        let event = DomainEvent::PasswordChanged { user: user.id, at: call.now };
        work.outbox().push(OutboxId(self.sources.ids.next()), event, call.now).await?;
        work.commit().await?;

        self.cache.forget_user(user.id);
        self.signal.ring();
        Ok(())
    }
}
