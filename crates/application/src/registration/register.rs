//! Registers an account. The answer and the work are the same whether or not the address is taken.

use dashtam_domain::{
    access::Access,
    call::Call,
    event::DomainEvent,
    id::{AuditId, OutboxId, UserId},
    identity::{AuditAction, AuditEntry, EmailAddress, PersonName, PlainPassword, User},
    store::Inserted,
};

use super::{Registration, RegistrationError};
use crate::{once, request::request};

/// An account wanted.
#[derive(Debug)]
pub struct Register {
    /// Its address.
    pub email: EmailAddress,
    /// The person's name.
    pub name: PersonName,
    /// Its password, which obeys the rule.
    pub password: PlainPassword,
}

request!(Register, "registration.register", Access::Public);

/// The registration was taken; what it led to is told only by mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Registered;

impl Registration {
    /// Registers an account. A new or unverified address gets a verification mail; the owner of a verified one
    /// gets a notice. An unverified registration is started over, because whoever proves the mailbox owns it.
    #[tracing::instrument(name = "registration.register", skip_all)]
    pub async fn register(&self, call: &Call, request: Register) -> Result<Registered, RegistrationError> {
        let Register { email, name, password } = request;
        let hash = self.hasher.hash(&password).await?;

        let mut work = self.store.begin().await?;
        once::begin(call, &mut *work).await?;
        let id = UserId(self.sources.ids.next());
        let fresh = User::register(id, email, name.clone(), hash.clone(), call.now);
        let event = match work.users().insert_if_absent(&fresh).await? {
            Inserted::New => {
                let id = AuditId(self.sources.ids.next());
                work.audit()
                    .append(&AuditEntry::new(id, call, AuditAction::UserRegistered, fresh.id))
                    .await?;
                DomainEvent::VerificationRequested { user: fresh.id }
            }
            Inserted::Exists => match work.users().find_by_email(&fresh.email).await? {
                Some(owner) if owner.is_verified() => DomainEvent::RegistrationRepeated { user: owner.id },
                Some(mut unverified) => {
                    unverified.register_again(name, hash, call.now);
                    work.users().update(&mut unverified).await?;
                    DomainEvent::VerificationRequested { user: unverified.id }
                }
                // Deleted between the two statements: the next attempt finds the address free.
                None => return Ok(Registered),
            },
        };
        work.outbox().push(OutboxId(self.sources.ids.next()), event, call.now).await?;
        once::finish(call, &mut *work, &Registered).await?;
        work.commit().await?;

        self.signal.ring();
        Ok(Registered)
    }
}
