//! Registers an account. The answer and the work are the same whether or not the address is taken.

use chrono::TimeDelta;
use dashtam_domain::{
    access::Access,
    call::Call,
    event::DomainEvent,
    id::{OutboxId, UserId},
    identity::{
        AuditAction, AuditLine, EmailAddress, MailKind, MailRule, PersonName, PlainPassword, Purpose, User,
    },
    store::{Inserted, StoreError, UnitOfWork},
};

use super::{Registration, RegistrationError};
use crate::{
    RegistrationMode,
    once::{self, Present},
    request::request,
};

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
    /// How accounts come to be here.
    pub fn mode(&self) -> RegistrationMode {
        self.policy.registration
    }

    /// Whether people make accounts on their own here.
    pub fn is_open(&self) -> bool {
        self.mode() == RegistrationMode::Open
    }

    /// Registers an account. A new or unverified address gets a verification mail; the owner of a verified one
    /// gets a notice. An unverified registration is started over, because whoever proves the mailbox owns it.
    #[tracing::instrument(name = "registration.register", skip_all)]
    pub async fn register(
        &self,
        call: &Call,
        request: Register,
        present: Present<Registered>,
    ) -> Result<Registered, RegistrationError> {
        // Asked before anything is looked up or reckoned: a refusal costs the same for every address.
        match self.mode() {
            RegistrationMode::Open => {}
            RegistrationMode::Invitation => return Err(RegistrationError::InvitationOnly),
            RegistrationMode::Closed => return Err(RegistrationError::Closed),
        }
        let Register { email, name, password } = request;
        let hash = self.hasher.hash(&password).await?;

        let mut work = self.store.begin().await?;
        once::begin(call, &mut *work).await?;
        let id = UserId(self.sources.ids.next());
        let fresh = User::register(id, email, name.clone(), hash.clone(), call.now);
        let event = match work.users().insert_if_absent(&fresh).await? {
            Inserted::New => {
                work.note(&self.sources, call, AuditLine::new(AuditAction::UserRegistered, fresh.id)).await?;
                // Counted, and sent in any case: strangers may have used up what the address had before anybody was there.
                self.mail_once_more(call, &mut *work, &fresh.email, MailKind::Verification).await?;
                Some(DomainEvent::VerificationRequested { user: fresh.id })
            }
            Inserted::Exists => match work.users().find_by_email(&fresh.email).await? {
                Some(owner) if owner.is_verified() => {
                    let event = DomainEvent::RegistrationRepeated { user: owner.id };
                    let kind = MailKind::RegistrationRepeated;
                    self.mail_once_more(call, &mut *work, &owner.email, kind).await?.then_some(event)
                }
                Some(mut unverified)
                    if self
                        .mail_once_more(call, &mut *work, &unverified.email, MailKind::Verification)
                        .await? =>
                {
                    unverified.register_again(name, hash, call.now);
                    work.users().update(&mut unverified).await?;
                    // What they would have proved is another registration now.
                    work.one_time_tokens().revoke(unverified.id, &[Purpose::EmailVerification]).await?;
                    Some(DomainEvent::VerificationRequested { user: unverified.id })
                }
                // Begun over too often today: without a mail nothing is replaced either.
                Some(_) => None,
                // Deleted between the two statements: the next attempt finds the address free.
                None => return Ok(Registered),
            },
        };
        if let Some(event) = event {
            work.outbox().push(OutboxId(self.sources.ids.next()), event, call.now).await?;
        }
        once::finish(call, &mut *work, &Registered, present).await?;
        work.commit().await?;

        self.signal.ring();
        Ok(Registered)
    }

    /// Whether the address may get one more mail of this kind today. A registration begun over is not made to wait.
    async fn mail_once_more(
        &self,
        call: &Call,
        work: &mut dyn UnitOfWork,
        email: &EmailAddress,
        kind: MailKind,
    ) -> Result<bool, StoreError> {
        let rule = MailRule { pause: TimeDelta::zero(), ..kind.rule() };
        work.mail_budgets().take(&MailKind::subject(email), kind, rule, call.now).await
    }
}
