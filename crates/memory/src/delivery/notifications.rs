//! [`NotificationRepository`] on the unit of work, and [`NotificationQueries`].

use async_trait::async_trait;
use dashtam_domain::{
    delivery::notification::{
        NotificationKey, NotificationKind, NotificationQueries, NotificationRepository, NotificationSettings,
        REST,
    },
    id::UserId,
    store::StoreError,
    time::Timestamp,
};

use crate::{
    mark::Mark, notification_rows::ToldNotification, store::MemoryStore, table::Row, tables::Tables,
    unit::Unit,
};

/// Whether there is something to look at for these settings.
fn is_behind(tables: &Tables, settings: &NotificationSettings, now: Timestamp) -> bool {
    let rests = settings.rest_until.is_some_and(|until| until > now && until <= now.plus(REST));
    let ahead = |clock: i64| clock > settings.place.seq;
    let has_news = tables.clocks.get(&settings.owner).is_some_and(|clock| ahead(clock.clock.seq))
        || settings.place.transaction.is_some()
        || settings.weekly_due_at.is_some_and(|due| due <= now);
    let is_usable = tables.users.get(&settings.owner).is_some_and(|row| row.user.is_usable(now));
    settings.preferences.is_on() && !rests && has_news && is_usable
}

#[async_trait]
impl NotificationRepository for Unit {
    /// There is one writer: whoever has a unit holds everything.
    async fn find(&mut self, owner: UserId) -> Result<Option<NotificationSettings>, StoreError> {
        self.run(|tables| Ok(tables.notification_settings.get(&owner).cloned()))
    }

    async fn put(&mut self, settings: &NotificationSettings) -> Result<(), StoreError> {
        self.run(|tables| {
            tables.needs_user(settings.owner)?;
            let known = tables.notification_settings.get(&settings.owner);
            let revision = known.map_or(0, |known| known.revision + 1);
            tables.notification_settings.put(NotificationSettings { revision, ..settings.clone() });
            Ok(())
        })
    }

    async fn note_told(
        &mut self,
        owner: UserId,
        keys: &[NotificationKey],
        now: Timestamp,
    ) -> Result<Vec<NotificationKey>, StoreError> {
        self.run(|tables| {
            tables.needs_user(owner)?;
            let mut new = Vec::new();
            for key in keys {
                let told = ToldNotification { owner, key: key.clone(), at: now };
                if tables.told_notifications.get(&told.key()).is_none() {
                    tables.told_notifications.put(told);
                    new.push(key.clone());
                }
            }
            Ok(new)
        })
    }

    async fn keep_told(
        &mut self,
        owner: UserId,
        kind: NotificationKind,
        subjects: &[String],
    ) -> Result<(), StoreError> {
        self.run(|tables| {
            let is_over =
                |told: &ToldNotification| told.key.kind == kind && !subjects.contains(&told.key.subject);
            tables.told_notifications.remove_marked(&Mark::Owner(owner), is_over);
            Ok(())
        })
    }
}

#[async_trait]
impl NotificationQueries for MemoryStore {
    async fn notification_settings(&self, owner: UserId) -> Result<Option<NotificationSettings>, StoreError> {
        self.look(|tables| tables.notification_settings.get(&owner).cloned())
    }

    async fn notifications_behind(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<NotificationSettings>, StoreError> {
        self.look(|tables| {
            let behind = tables.notification_settings.iter().filter(|of| is_behind(tables, of, now));
            behind.take(limit as usize).cloned().collect()
        })
    }
}
