//! Rows of what people want to hear of and of what they were told.

use dashtam_domain::{
    delivery::notification::{NotificationKey, NotificationSettings},
    id::UserId,
    time::Timestamp,
};

use crate::{mark::Mark, rows::row, table::Row};

row!(NotificationSettings, UserId, |row| row.owner, []);

/// What a user was told.
#[derive(Clone)]
pub(crate) struct ToldNotification {
    pub(crate) owner: UserId,
    pub(crate) key: NotificationKey,
    pub(crate) at: Timestamp,
}

row!(
    ToldNotification,
    (UserId, &'static str, String),
    |row| (row.owner, row.key.kind.as_str(), row.key.subject.clone()),
    [Mark::Owner(row.owner)]
);
