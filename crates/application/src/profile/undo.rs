//! Takes a change of the address back.

use dashtam_domain::{
    access::Access,
    call::Call,
    event::DomainEvent,
    id::OutboxId,
    identity::{AuditAction, AuditLine, EmailAddress, EndReason, Purpose, SignInBudget},
    secret::{OpaqueSecret, SecretKind, SecretText},
    store::Inserted,
};

use super::{Profile, ProfileError};
use crate::{request::request, webhooks};

/// The token that was mailed to the earlier address.
#[derive(Debug)]
pub struct UndoEmailChange {
    /// As presented.
    pub token: SecretText,
}

request!(UndoEmailChange, "profile.undo_email_change", Access::Public);

impl Profile {
    /// Moves the account back. Whoever had changed the address knew the password and may hold a session, so that every
    /// session ends, the password stops working, a deletion is off, and a link for a new password goes to the earlier
    /// address.
    #[tracing::instrument(name = "profile.undo_email_change", skip_all)]
    pub async fn undo_email_change(&self, call: &Call, request: UndoEmailChange) -> Result<(), ProfileError> {
        let token = OpaqueSecret::parse(SecretKind::EmailChangeUndo, request.token.expose())
            .ok_or(ProfileError::InvalidToken)?;

        let mut work = self.store.begin().await?;
        let used = work.one_time_tokens().redeem(Purpose::EmailChangeUndo, &token.hash(), call.now).await?;
        let used = used.ok_or(ProfileError::InvalidToken)?;
        let back =
            used.subject.and_then(|to| to.parse::<EmailAddress>().ok()).ok_or(ProfileError::InvalidToken)?;
        let mut user = work.users().find(used.user).await?.ok_or(ProfileError::InvalidToken)?;
        work.users().remove_unverified(&back).await?;
        user.undo_email_change(back, call.now);
        webhooks::end_all(&mut *work, &self.sources, call, user.id).await?;
        if work.users().update_email(&mut user).await? == Inserted::Exists {
            return Err(ProfileError::EmailTaken);
        }
        work.sessions().end_all(user.id, None, true, EndReason::EmailChangeUndone, call.now).await?;
        let others = [
            Purpose::EmailChange,
            Purpose::EmailVerification,
            Purpose::PasswordReset,
            Purpose::LoginLink,
            Purpose::DeletionCancel,
        ];
        work.one_time_tokens().revoke(user.id, &others).await?;
        work.sign_in_budgets().forget_clients(user.id).await?;
        work.sign_in_budgets().lift(&SignInBudget::of_address(&user.email)).await?;
        work.note(&self.sources, call, AuditLine::new(AuditAction::EmailChangeUndone, user.id)).await?;
        let event = DomainEvent::PasswordResetRequested { user: user.id };
        work.outbox().push(OutboxId(self.sources.ids.next()), event, call.now).await?;
        work.commit().await?;

        self.cache.forget_user(user.id);
        self.signal.ring();
        Ok(())
    }
}
