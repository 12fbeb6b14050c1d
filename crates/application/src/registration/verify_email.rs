//! Proves an e-mail address by the token that was mailed to it.

use dashtam_domain::{
    access::Access,
    call::Call,
    event::DomainEvent,
    id::OutboxId,
    identity::{AuditAction, AuditLine, Purpose},
    secret::{OpaqueSecret, SecretKind, SecretText},
};

use super::{Registration, RegistrationError};
use crate::request::request;

/// A mailed token.
#[derive(Debug)]
pub struct VerifyEmail {
    /// As presented.
    pub token: SecretText,
}

request!(VerifyEmail, "registration.verify_email", Access::Public);

impl Registration {
    /// Proves the address. The token works once, decided by one guarded statement.
    #[tracing::instrument(name = "registration.verify_email", skip_all)]
    pub async fn verify_email(&self, call: &Call, request: VerifyEmail) -> Result<(), RegistrationError> {
        let token = OpaqueSecret::parse(SecretKind::EmailVerification, request.token.expose())
            .ok_or(RegistrationError::InvalidToken)?;

        let mut work = self.store.begin().await?;
        let redeemed =
            work.one_time_tokens().redeem(Purpose::EmailVerification, &token.hash(), call.now).await?;
        let token = redeemed.ok_or(RegistrationError::InvalidToken)?;
        let user = work.users().find(token.user).await?.filter(|user| token.proves_address_of(user));
        let mut user = user.ok_or(RegistrationError::InvalidToken)?;
        user.verified(call.now);
        work.users().update(&mut user).await?;
        work.note(&self.sources, call, AuditLine::new(AuditAction::EmailVerified, user.id)).await?;
        let event = DomainEvent::EmailVerified { user: user.id };
        work.outbox().push(OutboxId(self.sources.ids.next()), event, call.now).await?;
        work.commit().await?;

        self.cache.forget_user(user.id);
        self.signal.ring();
        Ok(())
    }
}
