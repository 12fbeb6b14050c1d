//! Table `saved_views`.

use dashtam_domain::{
    id::{SavedViewId, UserId},
    ledger::SavedView,
    record::Record,
    store::StoreError,
};
use sea_orm::{Set, entity::prelude::*};

use crate::cells::{Cells, Entry, FromRow};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "saved_views")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    pub name: String,
    /// JSON: what is asked, by the names of parameters.
    pub filter: String,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// Every column of a view.
pub(crate) fn row(view: &SavedView) -> ActiveModel {
    let filter = view.filter.iter().map(|(name, value)| (name.clone(), value.as_str().into()));
    ActiveModel {
        id: Set(view.id.0),
        user_id: Set(view.owner.0),
        name: Set(view.name.as_str().to_owned()),
        filter: Set(serde_json::Value::Object(filter.collect()).to_string()),
        created_at: Set(view.created_at.as_chrono()),
        updated_at: Set(view.updated_at.as_chrono()),
    }
}

impl FromRow for SavedView {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        use Column as C;
        let entry = Entry::new(row, Record::SavedView, 0);
        Ok(Self {
            id: SavedViewId(entry.get(C::Id as usize)?),
            owner: UserId(entry.get(C::UserId as usize)?),
            name: entry.parse(C::Name as usize, str::parse)?,
            filter: entry.parse(C::Filter as usize, |text| {
                serde_json::from_str(text).map_err(|_| "is not what a view asks")
            })?,
            created_at: entry.time(C::CreatedAt as usize)?,
            updated_at: entry.time(C::UpdatedAt as usize)?,
        })
    }
}
