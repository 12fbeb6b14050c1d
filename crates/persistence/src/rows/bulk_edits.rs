//! Table `bulk_edits`.

use dashtam_domain::{
    id::{BulkEditId, UserId},
    ledger::BulkEdit,
    record::Record,
    store::StoreError,
};
use sea_orm::{Set, entity::prelude::*};

use super::corrections;
use crate::cells::{Cells, Entry, FromRow};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "bulk_edits")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    /// JSON: what was corrected of each transaction before and after.
    pub changes: String,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// Every column of a change.
pub(crate) fn row(edit: &BulkEdit) -> ActiveModel {
    ActiveModel {
        id: Set(edit.id.0),
        user_id: Set(edit.owner.0),
        changes: Set(corrections::write_edited(&edit.rows)),
        created_at: Set(edit.at.as_chrono()),
    }
}

impl FromRow for BulkEdit {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        use Column as C;
        let entry = Entry::new(row, Record::BulkEdit, 0);
        Ok(Self {
            id: BulkEditId(entry.get(C::Id as usize)?),
            owner: UserId(entry.get(C::UserId as usize)?),
            rows: entry.parse(C::Changes as usize, corrections::read_edited)?,
            at: entry.time(C::CreatedAt as usize)?,
        })
    }
}
