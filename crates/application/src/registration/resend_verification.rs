//! Mails the verification link once more.

use dashtam_domain::{
    access::Access,
    call::Call,
    event::DomainEvent,
    id::OutboxId,
    identity::{EmailAddress, MailKind},
};

use super::{Registration, RegistrationError};
use crate::request::request;

/// An address whose mail did not arrive.
#[derive(Debug)]
pub struct ResendVerification {
    /// The address.
    pub email: EmailAddress,
}

request!(ResendVerification, "registration.resend_verification", Access::Public);

impl Registration {
    /// Mails a new link, which makes the older ones worthless, if the address waits to be proved and its budget of
    /// mails allows. The caller learns nothing of that, and the budget is counted for every address.
    #[tracing::instrument(name = "registration.resend_verification", skip_all)]
    pub async fn resend_verification(
        &self,
        call: &Call,
        request: ResendVerification,
    ) -> Result<(), RegistrationError> {
        let found = self.queries.user_by_email(&request.email).await?;
        let (kind, subject) = (MailKind::Verification, MailKind::subject(&request.email));

        let mut work = self.store.begin().await?;
        let may = work.mail_budgets().take(&subject, kind, kind.rule(), call.now).await?;
        if let Some(user) = found.filter(|user| may && user.is_active && !user.is_verified()) {
            let event = DomainEvent::VerificationRequested { user: user.id };
            work.outbox().push(OutboxId(self.sources.ids.next()), event, call.now).await?;
        }
        work.commit().await?;

        self.signal.ring();
        Ok(())
    }
}
