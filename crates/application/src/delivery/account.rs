//! The mails about passwords, addresses and the end of an account.

use dashtam_domain::{
    delivery::mail::MailContent,
    event::DomainEvent,
    identity::{EMAIL_UNDO, EmailAddress, INVITATION, Purpose, User},
    secret::SecretKind,
};

use super::{Delivery, links::Links};

impl Delivery {
    /// What an event about an account is mailed as, and where to; nothing when it no longer matters.
    pub(super) fn account_mail(
        &self,
        event: &DomainEvent,
        user: &User,
        links: &mut Links<'_>,
    ) -> Option<(EmailAddress, MailContent)> {
        let now = self.sources.clock.now();
        let reset = || self.policy.page("forgot-password");
        let (to, content) = match event {
            DomainEvent::PasswordResetRequested { .. } if user.is_active => {
                let link = links.with_token(
                    "reset-password",
                    SecretKind::PasswordReset,
                    Purpose::PasswordReset,
                    now.plus(self.policy.password_reset),
                    Some(user.email.as_str().to_owned()),
                );
                let minutes = self.policy.password_reset.num_minutes();
                (&user.email, MailContent::ResetPassword { link, minutes })
            }
            DomainEvent::LoginLinkRequested { binding, .. } if user.is_usable(now) => {
                let link = links.with_token(
                    "login-link",
                    SecretKind::LoginLink,
                    Purpose::LoginLink,
                    now.plus(self.policy.login_link),
                    Some(user.login_link_subject(binding).to_hex()),
                );
                let minutes = self.policy.login_link.num_minutes();
                (&user.email, MailContent::LoginLink { link, minutes })
            }
            DomainEvent::PasswordChanged { at, .. } => {
                (&user.email, MailContent::PasswordChanged { at: *at, reset: reset() })
            }
            DomainEvent::SignInsRefused { until, .. } => {
                (&user.email, MailContent::SignInsRefused { until: *until, reset: reset() })
            }
            DomainEvent::EmailChangeRequested { to, .. } => {
                let link = links.with_token(
                    "confirm-email",
                    SecretKind::EmailChange,
                    Purpose::EmailChange,
                    now.plus(self.policy.email_change),
                    Some(to.as_str().to_owned()),
                );
                let hours = self.policy.email_change.num_hours();
                (to, MailContent::ConfirmEmail { link, hours })
            }
            DomainEvent::EmailChanged { from, at, .. } if user.email_changed_at == Some(*at) => {
                let link = links.with_token(
                    "undo-email-change",
                    SecretKind::EmailChangeUndo,
                    Purpose::EmailChangeUndo,
                    at.plus(EMAIL_UNDO),
                    Some(from.as_str().to_owned()),
                );
                let days = EMAIL_UNDO.num_days();
                (from, MailContent::EmailChanged { undo: link, days })
            }
            DomainEvent::EmailReplaced { from, at, .. } => (from, MailContent::EmailReplaced { at: *at }),
            DomainEvent::DeletionScheduled { .. } if !user.is_active => {
                (&user.email, MailContent::AccountClosed { due: user.deletion_due_at? })
            }
            DomainEvent::AccountCreated { .. } if user.is_active => {
                let link = links.with_token(
                    "reset-password",
                    SecretKind::PasswordReset,
                    Purpose::PasswordReset,
                    now.plus(INVITATION),
                    None,
                );
                (&user.email, MailContent::Invitation { link, hours: INVITATION.num_hours() })
            }
            DomainEvent::SecondFactorResetRequested { due, .. } if *due > now => {
                let (kind, purpose) = (SecretKind::SecondFactorKeep, Purpose::SecondFactorKeep);
                let keep = links.with_token("keep-second-factor", kind, purpose, *due, None);
                (&user.email, MailContent::SecondFactorResetRequested { due: *due, keep })
            }
            DomainEvent::SecondFactorReset { .. } => {
                (&user.email, MailContent::SecondFactorReset { sign_in: self.policy.page("login") })
            }
            DomainEvent::DeletionScheduled { .. } => {
                let due = user.deletion_due_at?;
                let link = links.with_token(
                    "keep-account",
                    SecretKind::DeletionCancel,
                    Purpose::DeletionCancel,
                    due,
                    None,
                );
                (&user.email, MailContent::DeletionScheduled { due, cancel: link })
            }
            _ => return None,
        };
        Some((to.clone(), content))
    }
}
