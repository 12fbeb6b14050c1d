//! Table `audit_log`: appended and read, never changed.

use dashtam_domain::{
    id::{AuditId, ConnectionId, UserId},
    identity::{AuditAction, AuditEntry, AuditRecord},
    record::Record,
    store::StoreError,
    time::Timestamp,
};
use sea_orm::{Set, entity::prelude::*};

use super::maybe;
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
    pub created_at: Option<DateTimeUtc>,
    pub chain_id: Uuid,
    pub position: i64,
    pub prev_hash: String,
    pub hash: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// Every column of a line.
pub(crate) fn row(record: AuditRecord) -> ActiveModel {
    ActiveModel {
        id: Set(record.id.0),
        action: Set(record.action),
        user_id: Set(record.user.map(|user| user.0)),
        connection_id: Set(record.connection.map(|connection| connection.0)),
        ip_address: Set(record.address),
        user_agent: Set(record.user_agent),
        details: Set(record.details),
        created_at: Set(maybe(record.at)),
        chain_id: Set(record.chain),
        position: Set(record.position),
        prev_hash: Set(record.previous),
        hash: Set(record.hash),
    }
}

impl FromRow for AuditEntry {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        use Column as C;
        let entry = Entry::new(row, Record::AuditLine, 0);
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

/// As it is stored, whatever somebody made of it.
impl FromRow for AuditRecord {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        use Column as C;
        let entry = Entry::new(row, Record::AuditLine, 0);
        let at: Option<Timestamp> = entry.time(C::CreatedAt as usize).ok();
        Ok(Self {
            id: AuditId(entry.get(C::Id as usize)?),
            chain: entry.get(C::ChainId as usize)?,
            position: entry.get(C::Position as usize)?,
            at,
            action: entry.text(C::Action as usize)?,
            user: entry.get::<Option<Uuid>>(C::UserId as usize)?.map(UserId),
            connection: entry.get::<Option<Uuid>>(C::ConnectionId as usize)?.map(ConnectionId),
            address: entry.maybe_text(C::IpAddress as usize)?,
            user_agent: entry.maybe_text(C::UserAgent as usize)?,
            details: entry.text(C::Details as usize)?,
            previous: entry.text(C::PrevHash as usize)?,
            hash: entry.text(C::Hash as usize)?,
        })
    }
}
