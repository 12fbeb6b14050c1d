//! Makes an administrator from the command line of the host: how a new installation gets its first one.

use chrono::TimeDelta;
use dashtam_domain::{
    access::Access,
    call::Call,
    event::DomainEvent,
    id::UserId,
    identity::{AuditAction, EmailAddress, INVITATION, OneTimeToken, PersonName, Purpose, User},
    secret::{OpaqueSecret, SecretKind},
};
use serde_json::json;
use url::Url;

use super::{Administration, AdministrationError};
use crate::request::request;

/// An administrator wanted.
#[derive(Debug)]
pub struct CreateAdministrator {
    /// The address.
    pub email: EmailAddress,
    /// The person's name.
    pub name: PersonName,
    /// Whether the link is mailed; otherwise it is the answer.
    pub mail: bool,
}

request!(CreateAdministrator, "administration.create_administrator", Access::System);

/// An account that waits for its password. `Debug` shows no link: it is a secret.
pub struct Begun {
    /// The user it is about.
    pub user: UserId,
    /// The link to choose the password by, if it is not mailed.
    pub link: Option<Url>,
    /// How long the link works.
    pub time: TimeDelta,
}

impl std::fmt::Debug for Begun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Begun").field("user", &self.user).finish_non_exhaustive()
    }
}

impl Administration {
    /// Makes the account, without a password. Nobody has one before its owner chose it. The mode of registration is not asked:
    /// whoever commands the host decides that as well.
    #[tracing::instrument(name = "administration.create_administrator", skip_all)]
    pub async fn create_administrator(
        &self,
        call: &Call,
        request: CreateAdministrator,
    ) -> Result<Begun, AdministrationError> {
        call.permits(Access::System)?;
        let CreateAdministrator { email, name, mail } = request;
        let id = UserId(self.sources.ids.next());
        let user = User { administrator: true, ..User::without_password(id, email, name, call.now) };
        let secret = OpaqueSecret::from_bytes(SecretKind::PasswordReset, &self.sources.randomness.bytes());

        let mut work = self.store.begin().await?;
        self.add(call, &mut *work, &user).await?;
        self.note(&mut *work, call, AuditAction::AdministratorGranted, id, json!({})).await?;
        if mail {
            self.tell(&mut *work, call, DomainEvent::AccountCreated { user: id }).await?;
        } else {
            let token = OneTimeToken {
                hash: secret.hash(),
                user: id,
                purpose: Purpose::PasswordReset,
                subject: None,
                created_at: call.now,
                expires_at: call.now.plus(INVITATION),
            };
            work.one_time_tokens().issue(&token).await?;
        }
        work.commit().await?;

        let mut link = self.policy.page("reset-password");
        link.query_pairs_mut().append_pair("token", secret.expose());
        Ok(Begun { user: id, link: (!mail).then_some(link), time: INVITATION })
    }
}
