//! Asks for a link that signs in.

use dashtam_domain::{
    access::Access,
    call::Call,
    event::DomainEvent,
    id::{AuditId, OutboxId},
    identity::{AuditAction, AuditEntry, EmailAddress, MailKind},
    secret::{OpaqueSecret, SecretKind},
};

use super::{SignIn, SignInError};
use crate::request::request;

/// An address whose owner wants to sign in without a password.
#[derive(Debug)]
pub struct RequestLoginLink {
    /// The address.
    pub email: EmailAddress,
    /// What the client was given when it asked before, if it kept it.
    pub binding: Option<OpaqueSecret>,
}

request!(RequestLoginLink, "sign_in.request_link", Access::Public);

/// What a client that asked for a link keeps: the link works for who shows it.
#[derive(Debug)]
pub struct LoginLinkRequested {
    /// To be shown together with the token of the link.
    pub binding: OpaqueSecret,
}

impl SignIn {
    /// Mails a link, which makes the older ones worthless, if the account with this address may sign in by one and its
    /// budget of mails allows. The caller learns nothing of that, and the budget is counted for every address.
    ///
    /// A client that asks again keeps what it was given: the first link may still be on its way while the second is
    /// not sent.
    #[tracing::instrument(name = "sign_in.request_link", skip_all)]
    pub async fn request_link(
        &self,
        call: &Call,
        request: RequestLoginLink,
    ) -> Result<LoginLinkRequested, SignInError> {
        if !self.policy.login_links {
            return Err(SignInError::LinksDisabled);
        }
        let RequestLoginLink { email, binding } = request;
        let fresh = OpaqueSecret::from_bytes(SecretKind::ClientBinding, &self.sources.randomness.bytes());
        let binding = binding.unwrap_or(fresh);
        let found = self.queries.user_by_email(&email).await?;
        let (kind, subject) = (MailKind::LoginLink, MailKind::subject(&email));

        let mut work = self.store.begin().await?;
        let may = work.mail_budgets().take(&subject, kind, kind.rule(), call.now).await?;
        let user = found.filter(|user| may && user.is_usable(call.now) && user.takes_login_links());
        if let Some(user) = user {
            let id = AuditId(self.sources.ids.next());
            let action = AuditAction::LoginLinkRequested;
            work.audit().append(&AuditEntry::new(id, call, action, user.id)).await?;
            let event = DomainEvent::LoginLinkRequested { user: user.id, binding: binding.hash() };
            work.outbox().push(OutboxId(self.sources.ids.next()), event, call.now).await?;
        }
        work.commit().await?;

        self.signal.ring();
        Ok(LoginLinkRequested { binding })
    }
}
