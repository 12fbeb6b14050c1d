//! Table `audit_log`: written only.

use dashtam_domain::identity::AuditEntry;
use sea_orm::{Set, entity::prelude::*};

use super::text;

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
