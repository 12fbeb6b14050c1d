//! Has somebody choose a new password, which nobody else ever knows.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    event::DomainEvent,
    id::UserId,
    identity::{AuditAction, MailKind, Scope, User},
};
use serde_json::json;

use super::{Administration, AdministrationError};
use crate::{
    once::{self, Present},
    request::{authorize, request},
};

/// Whose password.
#[derive(Debug)]
pub struct StartPasswordReset {
    /// The user it is about.
    pub user: UserId,
}

request!(
    StartPasswordReset,
    "administration.start_password_reset",
    Access::Manager(Needs::change(Scope::AdminWrite).fresh())
);

impl Administration {
    /// Mails the owner a link to choose a password; of an account that never had one, the same as when it was made.
    #[tracing::instrument(name = "administration.start_password_reset", skip_all, fields(user.id = %request.user))]
    pub async fn start_password_reset(
        &self,
        call: &Call,
        request: StartPasswordReset,
        present: Present<User>,
    ) -> Result<(), AdministrationError> {
        let by = authorize::<StartPasswordReset>(call)?;
        let mut work = self.store.begin().await?;
        once::begin(call, &mut *work).await?;
        let user = self.found(&mut *work, by, request.user).await?;
        let kind = MailKind::PasswordReset;
        if !work.mail_budgets().take(&MailKind::subject(&user.email), kind, kind.rule(), call.now).await? {
            let seconds = u32::try_from(kind.rule().pause.num_seconds()).unwrap_or(0);
            return Err(AdministrationError::TooManyMails { seconds });
        }
        self.note(&mut *work, call, AuditAction::PasswordResetRequested, user.id, json!({})).await?;
        self.tell(&mut *work, call, link_for(&user)).await?;
        once::finish(call, &mut *work, &user, present).await?;
        work.commit().await?;

        self.signal.ring();
        Ok(())
    }
}

fn link_for(user: &User) -> DomainEvent {
    match (&user.password, user.is_verified()) {
        (None, false) => DomainEvent::AccountCreated { user: user.id },
        _ => DomainEvent::PasswordResetRequested { user: user.id },
    }
}
