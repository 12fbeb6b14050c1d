//! The mails about passwords, addresses and the end of an account.

use dashtam_domain::{
    delivery::mail::MailContent,
    event::DomainEvent,
    identity::{EMAIL_UNDO, EmailAddress, OneTimeToken, Purpose, User},
    secret::{OpaqueSecret, SecretKind},
    time::Timestamp,
};
use url::Url;

use super::Delivery;
use crate::errors::CommonError;

/// What a mailed token is for.
struct Leave<'a> {
    kind: SecretKind,
    purpose: Purpose,
    subject: Option<&'a EmailAddress>,
    expires_at: Timestamp,
    /// The page that sends the token back.
    page: &'static str,
}

impl Delivery {
    /// What an event about an account is mailed as, and where to; nothing when it no longer matters.
    pub(super) async fn account_mail(
        &self,
        event: &DomainEvent,
        user: &User,
    ) -> Result<Option<(EmailAddress, MailContent)>, CommonError> {
        let now = self.sources.clock.now();
        let reset = || self.policy.page("forgot-password");
        let (to, content) = match event {
            DomainEvent::PasswordResetRequested { .. } if user.is_active => {
                let leave = Leave {
                    kind: SecretKind::PasswordReset,
                    purpose: Purpose::PasswordReset,
                    subject: None,
                    expires_at: now.plus(self.policy.password_reset),
                    page: "reset-password",
                };
                let minutes = self.policy.password_reset.num_minutes();
                (&user.email, MailContent::ResetPassword { link: self.link(user, leave).await?, minutes })
            }
            DomainEvent::PasswordChanged { at, .. } => {
                (&user.email, MailContent::PasswordChanged { at: *at, reset: reset() })
            }
            DomainEvent::SignInsRefused { until, .. } => {
                (&user.email, MailContent::SignInsRefused { until: *until, reset: reset() })
            }
            DomainEvent::EmailChangeRequested { to, .. } => {
                let leave = Leave {
                    kind: SecretKind::EmailChange,
                    purpose: Purpose::EmailChange,
                    subject: Some(to),
                    expires_at: now.plus(self.policy.email_change),
                    page: "confirm-email",
                };
                let hours = self.policy.email_change.num_hours();
                (to, MailContent::ConfirmEmail { link: self.link(user, leave).await?, hours })
            }
            DomainEvent::EmailChanged { from, at, .. } if user.email_changed_at == Some(*at) => {
                let leave = Leave {
                    kind: SecretKind::EmailChangeUndo,
                    purpose: Purpose::EmailChangeUndo,
                    subject: Some(from),
                    expires_at: at.plus(EMAIL_UNDO),
                    page: "undo-email-change",
                };
                let days = EMAIL_UNDO.num_days();
                (from, MailContent::EmailChanged { undo: self.link(user, leave).await?, days })
            }
            DomainEvent::DeletionScheduled { .. } => {
                let Some(due) = user.deletion_due_at else { return Ok(None) };
                let leave = Leave {
                    kind: SecretKind::DeletionCancel,
                    purpose: Purpose::DeletionCancel,
                    subject: None,
                    expires_at: due,
                    page: "keep-account",
                };
                (&user.email, MailContent::DeletionScheduled { due, cancel: self.link(user, leave).await? })
            }
            _ => return Ok(None),
        };
        Ok(Some((to.clone(), content)))
    }

    /// A page with a fresh token, made only now so that none is ever stored; earlier ones of its purpose stop
    /// working.
    async fn link(&self, user: &User, leave: Leave<'_>) -> Result<Url, CommonError> {
        let token = OpaqueSecret::from_bytes(leave.kind, &self.sources.randomness.bytes());
        let mut work = self.store.begin().await?;
        work.one_time_tokens()
            .replace(&OneTimeToken {
                hash: token.hash(),
                user: user.id,
                purpose: leave.purpose,
                subject: leave.subject.map(|address| address.as_str().to_owned()),
                created_at: self.sources.clock.now(),
                expires_at: leave.expires_at,
            })
            .await?;
        work.commit().await?;
        let mut link = self.policy.page(leave.page);
        link.query_pairs_mut().append_pair("token", token.expose());
        Ok(link)
    }
}
