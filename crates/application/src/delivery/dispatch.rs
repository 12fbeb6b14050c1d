//! Delivers what waits in the outbox.

use dashtam_domain::{
    access::Access,
    call::Call,
    delivery::{
        Attempt, MailError, Mailer, OutboxItem, Receipt,
        mail::{Mail, MailContent},
    },
    event::DomainEvent,
    identity::{OneTimeToken, Purpose, User},
    secret::SecretKind,
    time::Timestamp,
};
use futures_util::future::join_all;

use super::{Delivery, links::Links};
use crate::{errors::CommonError, request::request};

/// How many items one round takes; they go out together, so that one that hangs holds up no other.
const BATCH: u32 = 10;

/// A round of deliveries.
#[derive(Debug)]
pub struct Dispatch;

request!(Dispatch, "delivery.dispatch", Access::System);

impl Delivery {
    /// Delivers due items and answers with how many it took. A failed delivery is tried again later, with growing
    /// pauses.
    ///
    /// Every attempt is noted before it begins and struck off when its end is known. A mail is therefore never lost.
    /// It is sent a second time only if the program ended, or the answer stayed away, after it left and before that
    /// was stored; then it has the same message id and the same link, so that receivers can tell. If that link was
    /// used meanwhile, or a newer one took its place, the mail did arrive or is moot, and is not sent again.
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
        // All of them come to their end before an error of one is told; what broke comes back when its hold ends.
        let ends = join_all(items.iter().map(|item| self.deliver(&**mailer, item))).await;
        ends.into_iter().collect::<Result<Vec<()>, _>>()?;
        Ok(items.len())
    }

    async fn deliver(&self, mailer: &dyn Mailer, item: &OutboxItem) -> Result<(), CommonError> {
        if item.attempts >= OutboxItem::MAX_ATTEMPTS {
            let error = MailError::Uncertain("no attempt came to an end".to_owned());
            return self.settle(item, item.held_until, Err(error)).await;
        }
        let Some((mail, token)) = self.mail(item).await? else {
            let mut work = self.store.begin().await?;
            work.outbox().done(item.id).await?;
            return Ok(work.commit().await?);
        };
        let Some(held_until) = self.begin_attempt(item, token).await? else { return Ok(()) };
        let sent = mailer.send(&mail).await;
        if let Ok(Receipt(answer)) = &sent {
            tracing::info!(outbox.id = %item.id, content = ?mail.content, answer, "mail sent");
        }
        self.settle(item, held_until, sent).await
    }

    /// Makes the mail's link work and notes the attempt, at once. The end of the hold, or `None` when there is
    /// nothing to send: the link was used or replaced, or another worker has the item.
    async fn begin_attempt(
        &self,
        item: &OutboxItem,
        token: Option<OneTimeToken>,
    ) -> Result<Option<Timestamp>, CommonError> {
        let until = self.sources.clock.now().plus(OutboxItem::LEASE);
        let mut work = self.store.begin().await?;
        let works = match &token {
            None => true,
            // It may be in its owner's hands already: one that was used must not work again.
            Some(token) if item.uncertain => work.one_time_tokens().prolong(token).await?,
            Some(token) => work.one_time_tokens().issue(token).await?,
        };
        if !works {
            tracing::info!(outbox.id = %item.id, "not sent: its link was used or replaced meanwhile");
            work.outbox().done(item.id).await?;
            work.commit().await?;
            return Ok(None);
        }
        if !work.outbox().begin_attempt(item.id, item.held_until, until).await? {
            tracing::warn!(outbox.id = %item.id, "another worker took the item over");
            return Ok(None);
        }
        work.commit().await?;
        Ok(Some(until))
    }

    /// Stores how an attempt ended.
    async fn settle(
        &self,
        item: &OutboxItem,
        held_until: Timestamp,
        sent: Result<Receipt, MailError>,
    ) -> Result<(), CommonError> {
        let mut work = self.store.begin().await?;
        match sent {
            Ok(_) => work.outbox().done(item.id).await?,
            Err(error) => {
                let attempts = item.attempts + 1;
                let again = !matches!(error, MailError::Permanent(_)) && attempts < OutboxItem::MAX_ATTEMPTS;
                let attempt = match &error {
                    MailError::Uncertain(_) => Attempt::Uncertain,
                    MailError::Transient(_) | MailError::Permanent(_) => Attempt::Undelivered,
                };
                let [jitter, ..] = self.sources.randomness.bytes();
                let now = self.sources.clock.now();
                let at = again.then(|| OutboxItem::retry_at(attempts, now, jitter));
                let event = item.event.name();
                if again {
                    tracing::warn!(outbox.id = %item.id, event, %error, attempts, "a delivery failed");
                } else {
                    tracing::error!(
                        outbox.id = %item.id, event, %error, attempts,
                        "a mail was given up; `dashtam mail dead list` shows it"
                    );
                }
                let (id, reason) = (item.id, error.to_string());
                work.outbox().failed(id, held_until, attempt, at, &reason).await?;
            }
        }
        Ok(work.commit().await?)
    }

    /// The mail an event causes, and the token in its link if it has one. `None` when there is nobody to tell.
    async fn mail(&self, item: &OutboxItem) -> Result<Option<(Mail, Option<OneTimeToken>)>, CommonError> {
        // The account was deleted meanwhile.
        let Some(user) = self.queries.user(item.event.user()).await? else { return Ok(None) };
        let mut links = Links::new(self, item);
        let content = match item.event {
            DomainEvent::PasswordResetRequested { .. }
            | DomainEvent::LoginLinkRequested { .. }
            | DomainEvent::PasswordChanged { .. }
            | DomainEvent::SignInsRefused { .. }
            | DomainEvent::EmailChangeRequested { .. }
            | DomainEvent::EmailChanged { .. }
            | DomainEvent::EmailReplaced { .. }
            | DomainEvent::AccountCreated { .. }
            | DomainEvent::SecondFactorResetRequested { .. }
            | DomainEvent::SecondFactorReset { .. }
            | DomainEvent::DeletionScheduled { .. } => {
                let Some((to, content)) = self.account_mail(&item.event, &user, &mut links) else {
                    return Ok(None);
                };
                return Ok(Some((Mail { id: item.id, to, name: user.name, content }, links.token)));
            }
            DomainEvent::SignInCodeRequested { .. }
            | DomainEvent::FactorCodeRequested { .. }
            | DomainEvent::SecondFactorChanged { .. }
            | DomainEvent::BackupCodeUsed { .. }
            | DomainEvent::SecondFactorGuessed { .. } => {
                let Some(content) = self.about_second_factor(item) else { return Ok(None) };
                content
            }
            DomainEvent::VerificationRequested { .. } if user.is_verified() => return Ok(None),
            DomainEvent::VerificationRequested { .. } => MailContent::VerifyEmail {
                link: links.with_token(
                    "verify-email",
                    SecretKind::EmailVerification,
                    Purpose::EmailVerification,
                    self.sources.clock.now().plus(self.policy.verification),
                    Some(user.email.as_str().to_owned()),
                ),
                hours: self.policy.verification.num_hours(),
            },
            DomainEvent::RegistrationRepeated { .. } => {
                MailContent::AlreadyRegistered { sign_in: self.policy.page("login") }
            }
            DomainEvent::NewClient { session, .. } => match self.new_client(session, &mut links).await? {
                Some(content) => content,
                None => return Ok(None),
            },
            DomainEvent::OtherClient { .. } => match self.other_client(item, &mut links).await? {
                Some(content) => content,
                None => return Ok(None),
            },
            DomainEvent::ApiKeyCreated { key, .. } => match self.api_key_created(key).await? {
                Some(content) => content,
                None => return Ok(None),
            },
            DomainEvent::ApiKeyExpiring { key, at, .. } => match self.api_key_expiring(key, at).await? {
                Some(content) => content,
                None => return Ok(None),
            },
            DomainEvent::WebhookAddressed { webhook, ref host, at, .. } => {
                self.webhook_addressed(webhook, host, at)
            }
            DomainEvent::WebhookDisabled { user, webhook } => {
                match self.webhook_disabled(user, webhook).await? {
                    Some(content) => content,
                    None => return Ok(None),
                }
            }
            // Who may not use the account, or never proved the address, is told no amounts.
            DomainEvent::NotificationsDue { .. }
                if !user.is_usable(self.sources.clock.now()) || !user.is_verified() =>
            {
                return Ok(None);
            }
            DomainEvent::NotificationsDue { ref notifications, more, .. } => MailContent::Notifications {
                notifications: notifications.clone(),
                more,
                manage: self.policy.page("settings/notifications"),
            },
            DomainEvent::RefreshReused { session, .. } => {
                match self.refresh_reused(session, item.created_at).await? {
                    Some(content) => content,
                    None => return Ok(None),
                }
            }
            DomainEvent::EmailVerified { .. } => MailContent::Welcome { sign_in: self.policy.page("login") },
            DomainEvent::ConnectionExpiring { .. } | DomainEvent::ConnectionExpired { .. }
                if !user.is_usable(self.sources.clock.now()) =>
            {
                return Ok(None);
            }
            DomainEvent::ConnectionExpiring { .. } | DomainEvent::ConnectionExpired { .. } => {
                match self.about_expiry(&item.event).await? {
                    Some(content) => content,
                    None => return Ok(None),
                }
            }
        };
        let User { email, name, .. } = user;
        Ok(Some((Mail { id: item.id, to: email, name, content }, links.token)))
    }
}
