//! Remembers sign-ins that were refused.

use dashtam_domain::{
    call::Call,
    event::DomainEvent,
    fault::Fault,
    id::{AuditId, OutboxId, UserId},
    identity::{AuditAction, AuditEntry, EmailAddress, FirstFactor, MailKind, User},
    store::UnitOfWork,
};
use serde_json::json;

use super::{SignIn, SignInError};

impl SignIn {
    /// The line about a refusal: on the account it concerns, and on nobody's for an address that has none, then under
    /// a pseudonym of the address, because people type other things into that field.
    pub(super) fn failure(
        &self,
        call: &Call,
        user: Option<UserId>,
        email: &EmailAddress,
        refusal: &SignInError,
    ) -> AuditEntry {
        let method = FirstFactor::Password.as_str();
        let id = AuditId(self.sources.ids.next());
        let reason = refusal.code();
        match user {
            Some(user) => AuditEntry::new(id, call, AuditAction::LoginFailed, user)
                .with(json!({"method": method, "reason": reason})),
            None => AuditEntry::of_nobody(id, call, AuditAction::LoginFailed).with(json!({
                "method": method, "reason": reason,
                "identifier": self.audit_seal.pseudonym(email.canonical()),
            })),
        }
    }

    /// The line about the refusal of somebody whose first factor was right.
    pub(super) fn refused(
        &self,
        call: &Call,
        user: UserId,
        first: FirstFactor,
        refusal: &SignInError,
    ) -> AuditEntry {
        AuditEntry::new(AuditId(self.sources.ids.next()), call, AuditAction::LoginFailed, user)
            .with(json!({"method": first.as_str(), "reason": refusal.code()}))
    }

    /// What keeps the account from being signed in to, told because the password was right. Where a mail helps, it is
    /// sent again, within its budget.
    pub(super) async fn refuse_state(
        &self,
        call: &Call,
        work: &mut dyn UnitOfWork,
        user: &User,
    ) -> Result<Option<SignInError>, SignInError> {
        let (refusal, kind, event) = match user {
            User { is_active: false, .. } => return Ok(Some(SignInError::Disabled)),
            user if user.is_expired(call.now) => return Ok(Some(SignInError::Expired)),
            User { id, email_verified_at: None, .. } => (
                SignInError::NotVerified,
                MailKind::Verification,
                DomainEvent::VerificationRequested { user: *id },
            ),
            User { id, deletion_due_at: Some(_), .. } => (
                SignInError::DeletionScheduled,
                MailKind::Deletion,
                DomainEvent::DeletionScheduled { user: *id },
            ),
            _ => return Ok(None),
        };
        if work.mail_budgets().take(&MailKind::subject(&user.email), kind, kind.rule(), call.now).await? {
            work.outbox().push(OutboxId(self.sources.ids.next()), event, call.now).await?;
        }
        Ok(Some(refusal))
    }
}
