//! Table `outbox`.

use dashtam_domain::{
    delivery::{DeadLetter, OutboxItem},
    event::DomainEvent,
    id::{OutboxId, UserId},
    record::Record,
    store::StoreError,
    time::Timestamp,
};
use sea_orm::{Set, entity::prelude::*};

use crate::cells::{Cells, Entry, FromRow};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    pub event: String,
    pub attempts: i32,
    pub due_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    pub last_error: Option<String>,
    pub details: String,
    /// Attempts that began and whose end nobody recorded.
    pub unsettled: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// A new item that is due now.
pub(crate) fn row(id: OutboxId, event: &DomainEvent, now: Timestamp) -> ActiveModel {
    ActiveModel {
        id: Set(id.0),
        user_id: Set(event.user().0),
        event: Set(event.name().to_owned()),
        attempts: Set(0),
        due_at: Set(Some(now.as_chrono())),
        created_at: Set(now.as_chrono()),
        last_error: Set(None),
        details: Set(event.details().to_string()),
        unsettled: Set(0),
    }
}

/// An item, or the id of one whose event only another version knows.
pub(crate) struct Claimed(pub(crate) Result<OutboxItem, OutboxId>);

impl FromRow for Claimed {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        use Column as C;
        let entry = Entry::new(row, Record::OutboxItem, 0);
        let id = OutboxId(entry.get(C::Id as usize)?);
        let user = UserId(entry.get(C::UserId as usize)?);
        let details = serde_json::from_str(entry.get(C::Details as usize)?).unwrap_or_default();
        let Some(event) = DomainEvent::from_stored(entry.get(C::Event as usize)?, user, &details) else {
            return Ok(Self(Err(id)));
        };
        let unsettled: i32 = entry.get(C::Unsettled as usize)?;
        Ok(Self(Ok(OutboxItem {
            id,
            event,
            attempts: unsettled.saturating_add(entry.get(C::Attempts as usize)?),
            uncertain: unsettled > 0,
            held_until: entry.time(C::DueAt as usize)?,
            created_at: entry.time(C::CreatedAt as usize)?,
        })))
    }
}

impl FromRow for DeadLetter {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        use Column as C;
        let entry = Entry::new(row, Record::OutboxItem, 0);
        let unsettled: i32 = entry.get(C::Unsettled as usize)?;
        Ok(Self {
            id: OutboxId(entry.get(C::Id as usize)?),
            event: entry.text(C::Event as usize)?,
            user: UserId(entry.get(C::UserId as usize)?),
            attempts: unsettled.saturating_add(entry.get(C::Attempts as usize)?),
            created_at: entry.time(C::CreatedAt as usize)?,
            last_error: entry.maybe_text(C::LastError as usize)?,
        })
    }
}
