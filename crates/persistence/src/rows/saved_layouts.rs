//! Table `saved_layouts`.

use dashtam_domain::{
    id::UserId,
    ledger::{CsvProfile, SavedLayout},
    record::Record,
    store::StoreError,
};
use sea_orm::{Set, entity::prelude::*};

use crate::cells::{Cells, Entry, FromRow};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "saved_layouts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub header: String,
    /// JSON: the profile, as people write it.
    pub profile: String,
    pub saved_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// Every column of a layout.
pub(crate) fn row(layout: &SavedLayout) -> ActiveModel {
    ActiveModel {
        user_id: Set(layout.owner.0),
        header: Set(layout.header.clone()),
        profile: Set(layout.profile.to_json().to_string()),
        saved_at: Set(layout.saved_at.as_chrono()),
    }
}

impl FromRow for SavedLayout {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        use Column as C;
        let entry = Entry::new(row, Record::SavedLayout, 0);
        Ok(Self {
            owner: UserId(entry.get(C::UserId as usize)?),
            header: entry.get(C::Header as usize)?,
            profile: entry.parse(C::Profile as usize, |text| {
                let value = serde_json::from_str(text).ok();
                value.and_then(|value| CsvProfile::from_json(&value).ok()).ok_or("is not how a table is read")
            })?,
            saved_at: entry.time(C::SavedAt as usize)?,
        })
    }
}
