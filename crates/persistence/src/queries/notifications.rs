//! [`NotificationQueries`].

use std::sync::LazyLock;

use async_trait::async_trait;
use dashtam_domain::{
    delivery::notification::{NotificationQueries, NotificationSettings, REST},
    id::UserId,
    store::StoreError,
    time::Timestamp,
};
use sea_orm::Iterable;

use super::SqlQueries;
use crate::{
    pool::Arg,
    rows::{columns, notification_settings::Column, webhooks::IS_USABLE},
};

static SETTINGS: LazyLock<String> = LazyLock::new(|| {
    let settings = columns("w", Column::iter());
    format!("SELECT {settings} FROM notification_settings w WHERE w.user_id = $1")
});

/// Who has to be looked at: `$1` is now, `$2` when no rest may end later.
static BEHIND: LazyLock<String> = LazyLock::new(|| {
    let settings = columns("w", Column::iter());
    format!(
        "SELECT {settings} FROM notification_settings w LEFT JOIN user_clocks c ON c.user_id = w.user_id \
         WHERE w.is_on AND (w.rest_until IS NULL OR w.rest_until <= $1 OR w.rest_until > $2) \
         AND (c.seq > w.position OR w.position_row IS NOT NULL OR w.weekly_due_at <= $1) \
         AND {IS_USABLE} LIMIT $3"
    )
});

#[async_trait]
impl NotificationQueries for SqlQueries {
    async fn notification_settings(&self, owner: UserId) -> Result<Option<NotificationSettings>, StoreError> {
        self.pool.row(&SETTINGS, &[Arg::Id(owner.0)]).await
    }

    async fn notifications_behind(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<NotificationSettings>, StoreError> {
        let latest = now.plus(REST).as_chrono();
        let args = [Arg::Time(now.as_chrono()), Arg::Time(latest), Arg::Rows(limit.into())];
        // Whose settings cannot be read is told nothing, and the others are not to miss anything for that.
        self.pool.listed(&BEHIND, &args).await
    }
}
