//! Moves the caller's account to another address, once that address is proved.

use dashtam_domain::{
    access::{Access, AccessDenied, Needs},
    call::Call,
    event::DomainEvent,
    id::OutboxId,
    identity::{AuditAction, AuditLine, EmailAddress, MailKind, PlainPassword, Purpose, User},
    secret::{OpaqueSecret, SecretKind, SecretText},
    store::Inserted,
    time::Timestamp,
};

use super::{Profile, ProfileError};
use crate::request::{authorize, request};

/// Another address for the account.
#[derive(Debug)]
pub struct RequestEmailChange {
    /// The address.
    pub new_email: EmailAddress,
    /// The account's password as typed.
    pub password: PlainPassword,
}

request!(
    RequestEmailChange,
    "profile.request_email_change",
    Access::User(Needs::own_change().with_password())
);

/// A mailed token.
#[derive(Debug)]
pub struct ConfirmEmail {
    /// As presented.
    pub token: SecretText,
}

request!(ConfirmEmail, "profile.confirm_email", Access::Public);

/// While the last change may be taken back there is no other.
fn settled(user: &User, now: Timestamp) -> Result<(), ProfileError> {
    match user.email_settled_at() {
        Some(until) if until > now => Err(ProfileError::EmailChangedLately(until)),
        _ => Ok(()),
    }
}

/// What the account is kept from counts at the end of the way, too: nobody is signed in there.
fn may_move(user: &User) -> Result<(), ProfileError> {
    match () {
        () if user.flags.fixed_email => Err(ProfileError::EmailFixed),
        () if user.flags.read_only => Err(AccessDenied::ReadOnly.into()),
        () => Ok(()),
    }
}

impl Profile {
    /// Mails a link to the new address. The owner of a taken one gets a notice instead; the caller is told the same.
    #[tracing::instrument(name = "profile.request_email_change", skip_all)]
    pub async fn request_email_change(
        &self,
        call: &Call,
        request: RequestEmailChange,
    ) -> Result<(), ProfileError> {
        let principal = authorize::<RequestEmailChange>(call)?;
        if principal.flags.fixed_email {
            return Err(ProfileError::EmailFixed);
        }
        let RequestEmailChange { new_email, password } = request;
        let proved = self.prove(call, principal, &password).await?;
        if new_email == proved.user.email {
            return Err(ProfileError::SameEmail);
        }
        let taken = self.queries.user_by_email(&new_email).await?.filter(User::is_verified);

        let mut work = self.store.begin().await?;
        let user = proved.still(work.users().find(principal.user).await?)?;
        settled(&user, call.now)?;
        may_move(&user)?;
        let action = AuditAction::EmailChangeRequested;
        work.note(&self.sources, call, AuditLine::new(action, user.id)).await?;
        // Counted for the account and for the address, so that neither many accounts nor one can flood a mailbox.
        let kind = MailKind::EmailChange;
        let (own, target) = (MailKind::subject(&user.email), MailKind::subject(&new_email));
        let may = work.mail_budgets().take(&own, kind, kind.rule(), call.now).await?
            && work.mail_budgets().take(&target, kind, kind.rule(), call.now).await?;
        if may {
            let event = match taken {
                Some(owner) => DomainEvent::RegistrationRepeated { user: owner.id },
                None => DomainEvent::EmailChangeRequested { user: user.id, to: new_email },
            };
            work.outbox().push(OutboxId(self.sources.ids.next()), event, call.now).await?;
        }
        work.commit().await?;

        self.signal.ring();
        Ok(())
    }

    /// Moves the account to the address the token was mailed to, and tells the earlier one. Whoever holds the token
    /// proved the mailbox: an account that somebody else began there without proof goes.
    #[tracing::instrument(name = "profile.confirm_email", skip_all)]
    pub async fn confirm_email(&self, call: &Call, request: ConfirmEmail) -> Result<(), ProfileError> {
        let token = OpaqueSecret::parse(SecretKind::EmailChange, request.token.expose())
            .ok_or(ProfileError::InvalidToken)?;

        let mut work = self.store.begin().await?;
        let used = work.one_time_tokens().redeem(Purpose::EmailChange, &token.hash(), call.now).await?;
        let used = used.ok_or(ProfileError::InvalidToken)?;
        let to =
            used.subject.and_then(|to| to.parse::<EmailAddress>().ok()).ok_or(ProfileError::InvalidToken)?;
        let mut user = work.users().find(used.user).await?.ok_or(ProfileError::InvalidToken)?;
        settled(&user, call.now)?;
        may_move(&user)?;
        let from = user.email.clone();
        work.users().remove_unverified(&to).await?;
        user.change_email(to, call.now);
        if work.users().update_email(&mut user).await? == Inserted::Exists {
            return Err(ProfileError::EmailTaken);
        }
        // Links that were mailed to the earlier address, and clients that are known by it.
        let others = [Purpose::PasswordReset, Purpose::EmailVerification, Purpose::LoginLink];
        work.one_time_tokens().revoke(user.id, &others).await?;
        work.sign_in_budgets().forget_clients(user.id).await?;
        work.note(&self.sources, call, AuditLine::new(AuditAction::EmailChanged, user.id)).await?;
        let event = DomainEvent::EmailChanged { user: user.id, from, at: call.now };
        work.outbox().push(OutboxId(self.sources.ids.next()), event, call.now).await?;
        work.commit().await?;

        self.cache.forget_user(user.id);
        self.signal.ring();
        Ok(())
    }
}
