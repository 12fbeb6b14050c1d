//! Table `imported_rows`: what was copied from another system's database.

use dashtam_domain::time::Timestamp;
use sea_orm::{Set, entity::prelude::*};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "imported_rows")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub source_table: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub source_id: Uuid,
    pub imported_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// Every column of a note.
pub(crate) fn row(table: &str, id: Uuid, now: Timestamp) -> ActiveModel {
    ActiveModel { source_table: Set(table.to_owned()), source_id: Set(id), imported_at: Set(now.as_chrono()) }
}
