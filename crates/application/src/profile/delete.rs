//! Gives the caller's account up, and keeps it after all.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    event::DomainEvent,
    id::OutboxId,
    identity::{AuditAction, AuditLine, EndReason, PlainPassword, Purpose, Quota, Standing, User},
    secret::{OpaqueSecret, SecretKind, SecretText},
    time::Timestamp,
};

use super::{Profile, ProfileError};
use crate::{
    request::{authorize, request},
    webhooks,
};

/// The account shall be deleted.
#[derive(Debug)]
pub struct DeleteAccount {
    /// Its password as typed.
    pub password: PlainPassword,
}

request!(DeleteAccount, "profile.delete", Access::User(Needs::own().with_password()));

/// A mailed token.
#[derive(Debug)]
pub struct CancelDeletion {
    /// As presented.
    pub token: SecretText,
}

request!(CancelDeletion, "profile.cancel_deletion", Access::Public);

impl Profile {
    /// Schedules the deletion and ends every session; when the account is erased. Until then a mailed link keeps it.
    #[tracing::instrument(name = "profile.delete", skip_all)]
    pub async fn delete(&self, call: &Call, request: DeleteAccount) -> Result<Timestamp, ProfileError> {
        let principal = authorize::<DeleteAccount>(call)?;
        let proved = self.prove(call, principal, &request.password).await?;

        let mut work = self.store.begin().await?;
        // Asked before anybody is locked; whoever becomes an administrator meanwhile has to come again.
        let others = match proved.user.administrator {
            true => Some(work.users().other_administrators(principal.user, call.now).await?),
            false => None,
        };
        let mut user = proved.still(work.users().find(principal.user).await?)?;
        let before = user.standing(call.now);
        let due = user.schedule_deletion(call.now);
        if User::is_missed(before, user.standing(call.now), others.unwrap_or(Standing::None)) {
            return Err(ProfileError::LastAdministrator);
        }
        if user.flags.user_limit != Quota::NONE && work.users().has_sub_users(user.id).await? {
            return Err(ProfileError::HasSubUsers);
        }
        work.users().update(&mut user).await?;
        work.sessions().end_all(user.id, None, true, EndReason::AccountDeletion, call.now).await?;
        webhooks::end_all(&mut *work, &self.sources, call, user.id).await?;
        work.one_time_tokens().revoke(user.id, &[Purpose::EmailChange]).await?;
        work.note(&self.sources, call, AuditLine::new(AuditAction::DeletionScheduled, user.id)).await?;
        let event = DomainEvent::DeletionScheduled { user: user.id };
        work.outbox().push(OutboxId(self.sources.ids.next()), event, call.now).await?;
        work.commit().await?;

        self.cache.forget_user(user.id);
        self.signal.ring();
        Ok(due)
    }

    /// Keeps the account.
    #[tracing::instrument(name = "profile.cancel_deletion", skip_all)]
    pub async fn cancel_deletion(&self, call: &Call, request: CancelDeletion) -> Result<(), ProfileError> {
        let token = OpaqueSecret::parse(SecretKind::DeletionCancel, request.token.expose())
            .ok_or(ProfileError::InvalidToken)?;

        let mut work = self.store.begin().await?;
        let used = work.one_time_tokens().redeem(Purpose::DeletionCancel, &token.hash(), call.now).await?;
        let used = used.ok_or(ProfileError::InvalidToken)?;
        let found = work.users().find(used.user).await?;
        // Once it is due its rows may be going already.
        let found = found.filter(|user| user.deletion_due_at.is_some_and(|due| due >= call.now));
        let mut user = found.ok_or(ProfileError::InvalidToken)?;
        user.keep(call.now);
        work.users().update(&mut user).await?;
        work.note(&self.sources, call, AuditLine::new(AuditAction::DeletionCancelled, user.id)).await?;
        work.commit().await?;

        self.cache.forget_user(user.id);
        Ok(())
    }
}
