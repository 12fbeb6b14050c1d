//! Table `categories`: users' own.

use dashtam_domain::{
    id::{CategoryId, UserId},
    ledger::meaning::{Flow, OwnCategory},
    record::Record,
    store::StoreError,
};
use sea_orm::{Set, entity::prelude::*};

use crate::cells::{Cells, Entry, FromRow};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "categories")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    pub label: String,
    /// Empty of a group, so that labels of groups can be told apart by an index.
    pub group_key: String,
    pub flow: String,
    pub is_archived: bool,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// Every column of a category.
pub(crate) fn row(category: &OwnCategory) -> ActiveModel {
    ActiveModel {
        id: Set(category.id.0),
        user_id: Set(category.owner.0),
        label: Set(category.label.as_str().to_owned()),
        group_key: Set(category.group.map(|group| group.to_string()).unwrap_or_default()),
        flow: Set(category.flow.as_str().to_owned()),
        is_archived: Set(category.is_archived),
        created_at: Set(category.created_at.as_chrono()),
        updated_at: Set(category.updated_at.as_chrono()),
    }
}

impl FromRow for OwnCategory {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        use Column as C;
        let entry = Entry::new(row, Record::Category, 0);
        let group = entry.text(C::GroupKey as usize)?;
        Ok(Self {
            id: CategoryId(entry.get(C::Id as usize)?),
            owner: UserId(entry.get(C::UserId as usize)?),
            label: entry.parse(C::Label as usize, str::parse)?,
            group: match group.as_str() {
                "" => None,
                _ => Some(entry.parse(C::GroupKey as usize, str::parse)?),
            },
            flow: entry.word(C::Flow as usize, Flow::parse)?,
            is_archived: entry.get(C::IsArchived as usize)?,
            created_at: entry.time(C::CreatedAt as usize)?,
            updated_at: entry.time(C::UpdatedAt as usize)?,
        })
    }
}
