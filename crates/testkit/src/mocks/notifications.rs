//! [`NotificationQueries`] of the mocked reading side.

use async_trait::async_trait;
use dashtam_domain::{
    delivery::notification::{NotificationQueries, NotificationSettings},
    id::UserId,
    store::StoreError,
    time::Timestamp,
};

use super::MockQueries;

#[async_trait]
impl NotificationQueries for MockQueries {
    async fn notification_settings(&self, owner: UserId) -> Result<Option<NotificationSettings>, StoreError> {
        self.notifications.notification_settings(owner).await
    }

    async fn notifications_behind(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<NotificationSettings>, StoreError> {
        self.notifications.notifications_behind(now, limit).await
    }
}
