//! Delivers what waits in the outbox.

use dashtam_domain::{
    access::Access,
    call::Call,
    delivery::{
        MailError, Mailer, OutboxItem,
        mail::{Mail, MailContent},
    },
    event::DomainEvent,
    id::UserId,
    identity::{OneTimeToken, Purpose, User},
    secret::{OpaqueSecret, SecretKind},
};
use url::Url;

use super::Delivery;
use crate::{errors::CommonError, request::request};

/// How many items one round takes.
const BATCH: u32 = 20;

/// A round of deliveries.
#[derive(Debug)]
pub struct Dispatch;

request!(Dispatch, "delivery.dispatch", Access::System);

impl Delivery {
    /// Delivers due items and answers with how many it is done. A failed delivery is tried again later, with
    /// growing pauses; what was handed over is never sent twice unless the process dies between the two. What the
    /// lease was too short for is left to the next round, because another worker may hold it by then.
    #[tracing::instrument(name = "delivery.dispatch", skip_all)]
    pub async fn dispatch(&self, call: &Call, _request: Dispatch) -> Result<usize, CommonError> {
        call.permits(Access::System)?;
        let Some(mailer) = &self.mailer else { return Ok(0) };
        let mut work = self.store.begin().await?;
        let until = call.now.plus(OutboxItem::LEASE);
        let items = work.outbox().claim(call.now, until, BATCH).await?;
        if items.is_empty() {
            return Ok(0);
        }
        work.commit().await?;

        let mut done = 0;
        for item in &items {
            if self.sources.clock.now() >= until {
                tracing::warn!(left = items.len() - done, "the lease ran out before the round was over");
                break;
            }
            let sent = self.deliver(&**mailer, item).await;
            let now = self.sources.clock.now();
            let mut work = self.store.begin().await?;
            match sent {
                Ok(()) => work.outbox().done(item.id).await?,
                Err(error) => {
                    let attempts = item.attempts + 1;
                    let again = matches!(
                        error,
                        DeliveryError::Mail(MailError::Transient(_)) | DeliveryError::Common(_)
                    ) && attempts < OutboxItem::MAX_ATTEMPTS;
                    let at = again.then(|| OutboxItem::retry_at(attempts, now));
                    tracing::warn!(outbox.id = %item.id, %error, attempts, again, "delivery failed");
                    work.outbox().failed(item.id, at, &error.to_string()).await?;
                }
            }
            work.commit().await?;
            done += 1;
        }
        Ok(done)
    }

    async fn deliver(&self, mailer: &dyn Mailer, item: &OutboxItem) -> Result<(), DeliveryError> {
        // The account was deleted meanwhile: nobody to tell.
        let Some(user) = self.queries.user(item.event.user()).await.map_err(CommonError::from)? else {
            return Ok(());
        };
        let content = match item.event {
            DomainEvent::VerificationRequested { .. } if user.is_verified() => return Ok(()),
            DomainEvent::VerificationRequested { user } => MailContent::VerifyEmail {
                link: self.verification_link(user).await?,
                hours: self.policy.verification.num_hours(),
            },
            DomainEvent::RegistrationRepeated { .. } => {
                MailContent::AlreadyRegistered { sign_in: self.policy.page("login") }
            }
            DomainEvent::NewClient { user, session } => match self.new_client(user, session).await? {
                Some(content) => content,
                None => return Ok(()),
            },
            DomainEvent::RefreshReused { session, .. } => {
                match self.refresh_reused(session, item.created_at).await? {
                    Some(content) => content,
                    None => return Ok(()),
                }
            }
            // The reset of a password has its own flow, which writes the mail.
            DomainEvent::PasswordResetRequested { .. } => return Ok(()),
            DomainEvent::EmailVerified { .. } => MailContent::Welcome { sign_in: self.policy.page("login") },
        };
        let User { email, name, .. } = user;
        Ok(mailer.send(&Mail { id: item.id, to: email, name, content }).await?)
    }

    /// A fresh token, made only now so that none is ever stored; earlier ones stop working.
    async fn verification_link(&self, user: UserId) -> Result<Url, CommonError> {
        let token = OpaqueSecret::from_bytes(SecretKind::EmailVerification, &self.sources.randomness.bytes());
        let now = self.sources.clock.now();
        let mut work = self.store.begin().await?;
        work.one_time_tokens()
            .replace(&OneTimeToken {
                hash: token.hash(),
                user,
                purpose: Purpose::EmailVerification,
                subject: None,
                created_at: now,
                expires_at: now.plus(self.policy.verification),
            })
            .await?;
        work.commit().await?;
        let mut link = self.policy.page("verify-email");
        link.query_pairs_mut().append_pair("token", token.expose());
        Ok(link)
    }
}

/// Why one item was not delivered.
#[derive(Debug, thiserror::Error)]
enum DeliveryError {
    #[error(transparent)]
    Mail(#[from] MailError),
    #[error(transparent)]
    Common(#[from] CommonError),
}
