//! Tells people what they want to hear of.

use std::collections::HashSet;

use dashtam_domain::{
    access::Access,
    call::Call,
    delivery::notification::{Notification, NotificationKey, NotificationSettings, REST},
    event::DomainEvent,
    id::OutboxId,
};

use super::Notifications;
use crate::{errors::CommonError, ledger::LedgerError, request::request};

/// How many people one round looks at.
const BATCH: u32 = 50;
/// So many things are named in one mail; of the others their number is told.
const MOST_NAMED: usize = 30;

/// A round of telling.
#[derive(Debug)]
pub struct TellNotifications;

request!(TellNotifications, "notifications.tell", Access::System);

impl Notifications {
    /// Looks at what happened to those who want to hear of something, and puts one mail to each who has something to hear into
    /// the outbox. Answers with how many people were looked at to an end.
    ///
    /// How far was looked, what was told and the mail are written together, and only where the settings are still those that
    /// the look began with. Whatever else runs or dies, nothing is told twice or forgotten.
    #[tracing::instrument(name = "notifications.tell", skip_all)]
    pub async fn tell(&self, call: &Call, _: TellNotifications) -> Result<usize, CommonError> {
        call.permits(Access::System)?;
        let behind = self.queries.notifications_behind(call.now, BATCH).await?;
        let (mut looked_at, mut has_mail) = (0, false);
        for settings in &behind {
            match self.tell_one(call, settings).await {
                Ok(None) => {}
                Ok(Some(is_mailed)) => {
                    looked_at += 1;
                    has_mail |= is_mailed;
                }
                Err(error) => {
                    // The next round tries again; the others are not to wait for it.
                    let error = &error as &dyn std::error::Error;
                    tracing::error!(user.id = %settings.owner, error, "somebody was not told what happened");
                }
            }
        }
        if has_mail {
            self.signal.ring();
        }
        Ok(looked_at)
    }

    /// Whether there is a mail; `None` if somebody else was here, or the owner wants something else meanwhile.
    async fn tell_one(
        &self,
        call: &Call,
        settings: &NotificationSettings,
    ) -> Result<Option<bool>, LedgerError> {
        let owner = settings.owner;
        let seen = self.look(call, settings).await?;
        let keys: Vec<NotificationKey> = seen.notifications.iter().map(Notification::key).collect();
        let mut work = self.store.begin().await?;
        let held = work.notifications().find(owner).await?;
        let Some(mut next) = held.filter(|held| held.revision == settings.revision) else {
            return Ok(None);
        };
        for (kind, subjects) in &seen.standing {
            work.notifications().keep_told(owner, *kind, subjects).await?;
        }
        let new = match keys.is_empty() {
            true => Vec::new(),
            false => work.notifications().note_told(owner, &keys, call.now).await?,
        };
        let mut new: HashSet<(&'static str, String)> =
            new.into_iter().map(|key| (key.kind.as_str(), key.subject)).collect();
        let mut notifications: Vec<Notification> = seen.notifications;
        // Each once, should a look find it twice.
        notifications.retain(|one| {
            let key = one.key();
            new.remove(&(key.kind.as_str(), key.subject))
        });
        let is_mailed = !notifications.is_empty();
        if is_mailed {
            let more = notifications.len().saturating_sub(MOST_NAMED);
            notifications.truncate(MOST_NAMED);
            let event = DomainEvent::NotificationsDue { user: owner, notifications, more };
            work.outbox().push(OutboxId(self.sources.ids.next()), event, call.now).await?;
            next.rest_until = Some(call.now.plus(REST));
        }
        next.place = seen.place;
        next.weekly_due_at = seen.weekly_due_at;
        work.notifications().put(&next).await?;
        work.commit().await?;
        Ok(Some(is_mailed))
    }
}
