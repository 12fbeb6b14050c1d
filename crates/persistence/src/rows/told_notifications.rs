//! Table `told_notifications`.

use dashtam_domain::{
    delivery::notification::{NotificationKey, NotificationKind},
    id::UserId,
    record::Record,
    store::StoreError,
    time::Timestamp,
};
use sea_orm::{Set, entity::prelude::*};

use crate::cells::{Cells, Entry, FromRow};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "told_notifications")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject: String,
    pub told_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// Every column.
pub(crate) fn row(owner: UserId, key: &NotificationKey, now: Timestamp) -> ActiveModel {
    ActiveModel {
        user_id: Set(owner.0),
        kind: Set(key.kind.as_str().to_owned()),
        subject: Set(key.subject.clone()),
        told_at: Set(now.as_chrono()),
    }
}

/// Of a row that holds the sort and the subject alone.
impl FromRow for NotificationKey {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        let entry = Entry::new(row, Record::ToldNotification, 0);
        let kind = |text: &str| NotificationKind::parse(text).ok_or("is no sort of notification");
        Ok(Self { kind: entry.parse(0, kind)?, subject: entry.text(1)? })
    }
}
