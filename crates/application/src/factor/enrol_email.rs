//! Begins to use codes by mail.

use dashtam_domain::{
    access::{Access, AccessDenied, Needs},
    call::Call,
    event::DomainEvent,
    id::OutboxId,
    identity::{
        AuditAction, AuditLine, FactorMethod, MailKind, PendingFactor, PendingProof, SecondFactorKind,
    },
    time::Timestamp,
};
use serde_json::json;

use super::{SecondFactorError, SecondFactors};
use crate::request::{authorize, request};

/// Codes by mail from now on, once one was shown.
#[derive(Debug)]
pub struct EnrolEmailCodes;

request!(EnrolEmailCodes, "second_factor.enrol_email", Access::User(Needs::own().fresh()));

impl SecondFactors {
    /// Mails a code to the account's address; until when it works. Nothing else changes before it is shown. The code is
    /// made from the outbox item, so that every attempt at the mail carries the same, and only its hash is stored.
    #[tracing::instrument(name = "second_factor.enrol_email", skip_all)]
    pub async fn enrol_email(
        &self,
        call: &Call,
        _request: EnrolEmailCodes,
    ) -> Result<Timestamp, SecondFactorError> {
        let principal = authorize::<EnrolEmailCodes>(call)?;
        let user = self.queries.user(principal.user).await?.ok_or(AccessDenied::Anonymous)?;
        if user.second_factor == SecondFactorKind::Email {
            return Err(SecondFactorError::AlreadyEnabled);
        }
        if !user.is_verified() {
            return Err(SecondFactorError::NotVerified);
        }
        let (item, id) = (OutboxId(self.sources.ids.next()), self.sources.ids.next());
        let hash = self.email_codes.hash(id, &self.email_codes.derive(item));
        let until = call.now.plus(PendingFactor::LIFETIME);
        let pending = PendingFactor { id, proof: PendingProof::Email(hash), expires_at: until, tries: 0 };

        let mut work = self.store.begin().await?;
        let (kind, subject) = (MailKind::FactorCode, MailKind::subject(&user.email));
        if !work.mail_budgets().take(&subject, kind, kind.rule(), call.now).await? {
            let seconds = u32::try_from(kind.rule().pause.num_seconds()).unwrap_or(u32::MAX);
            return Err(SecondFactorError::MailThrottled { seconds });
        }
        work.second_factors().begin(user.id, &pending).await?;
        let details = json!({ "method": FactorMethod::Email.as_str() });
        let line = AuditLine::new(AuditAction::SecondFactorEnrolled, user.id).with(details);
        work.note(&self.sources, call, line).await?;
        let event = DomainEvent::FactorCodeRequested { user: user.id, until };
        work.outbox().push(item, event, call.now).await?;
        work.commit().await?;
        self.signal.ring();
        Ok(until)
    }
}
