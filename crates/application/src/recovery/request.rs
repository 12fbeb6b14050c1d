//! Asks for a link that leads to a new password.

use dashtam_domain::{
    access::Access,
    call::Call,
    event::DomainEvent,
    id::{AuditId, OutboxId},
    identity::{AuditAction, AuditEntry, EmailAddress, MailKind},
};

use super::{Recovery, RecoveryError};
use crate::request::request;

/// An address whose owner lost the password.
#[derive(Debug)]
pub struct RequestReset {
    /// The address.
    pub email: EmailAddress,
}

request!(RequestReset, "recovery.request", Access::Public);

impl Recovery {
    /// Mails a link, which makes the older ones worthless, if there is such an account and its budget of mails
    /// allows. The caller learns nothing of that, and the budget is counted for every address. Accounts whose address
    /// was never proved are served too: following the link proves it.
    #[tracing::instrument(name = "recovery.request", skip_all)]
    pub async fn request(&self, call: &Call, request: RequestReset) -> Result<(), RecoveryError> {
        let found = self.queries.user_by_email(&request.email).await?;
        let (kind, subject) = (MailKind::PasswordReset, MailKind::subject(&request.email));

        let mut work = self.store.begin().await?;
        let may = work.mail_budgets().take(&subject, kind, kind.rule(), call.now).await?;
        if let Some(user) = found.filter(|user| may && user.is_active) {
            let id = AuditId(self.sources.ids.next());
            let action = AuditAction::PasswordResetRequested;
            work.audit().append(&AuditEntry::new(id, call, action, user.id)).await?;
            let event = DomainEvent::PasswordResetRequested { user: user.id };
            work.outbox().push(OutboxId(self.sources.ids.next()), event, call.now).await?;
        }
        work.commit().await?;

        self.signal.ring();
        Ok(())
    }
}
