//! Table `audit_log`: appended and read, never changed.

use dashtam_domain::{
    id::{AuditId, ConnectionId, UserId},
    identity::{AuditAction, AuditEntry},
    store::StoreError,
};
use sea_orm::{Set, entity::prelude::*};

use super::text;
use crate::cells::{Cells, Entry, FromRow};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_log")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub action: String,
    pub user_id: Option<Uuid>,
    pub connection_id: Option<Uuid>,
    pub ip_address: Option<String>,
    pub user_agent: Option<String>,
    pub details: String,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// Every column of a line.
pub(crate) fn row(entry: &AuditEntry) -> ActiveModel {
    ActiveModel {
        id: Set(entry.id.0),
        action: Set(entry.action.as_str().to_owned()),
        user_id: Set(entry.user.map(|user| user.0)),
        connection_id: Set(entry.connection.map(|connection| connection.0)),
        ip_address: Set(text(entry.address)),
        user_agent: Set(entry.user_agent.clone()),
        details: Set(entry.details.to_string()),
        created_at: Set(entry.at.as_chrono()),
    }
}

impl FromRow for AuditEntry {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        use Column as C;
        let entry = Entry::new(row, "audit_log", 0);
        Ok(Self {
            id: AuditId(entry.get(C::Id as usize)?),
            action: entry.word(C::Action as usize, AuditAction::parse)?,
            user: entry.get::<Option<Uuid>>(C::UserId as usize)?.map(UserId),
            connection: entry.get::<Option<Uuid>>(C::ConnectionId as usize)?.map(ConnectionId),
            address: entry.maybe_parse(C::IpAddress as usize, str::parse)?,
            user_agent: entry.maybe_text(C::UserAgent as usize)?,
            details: entry
                .parse(C::Details as usize, |text| serde_json::from_str::<serde_json::Value>(text))?,
            at: entry.time(C::CreatedAt as usize)?,
        })
    }
}
