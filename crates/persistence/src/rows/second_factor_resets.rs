//! Table `second_factor_resets`.

use dashtam_domain::{id::UserId, identity::SecondFactorReset, record::Record, store::StoreError};
use sea_orm::{Set, entity::prelude::*};

use crate::cells::{Cells, Entry, FromRow};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "second_factor_resets")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    pub requested_at: DateTimeUtc,
    pub due_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// Every column of a reset.
pub(crate) fn row(reset: &SecondFactorReset) -> ActiveModel {
    ActiveModel {
        user_id: Set(reset.user.0),
        requested_at: Set(reset.requested_at.as_chrono()),
        due_at: Set(reset.due_at.as_chrono()),
    }
}

impl FromRow for SecondFactorReset {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        use Column as C;
        let entry = Entry::new(row, Record::SecondFactorReset, 0);
        Ok(Self {
            user: UserId(entry.get(C::UserId as usize)?),
            requested_at: entry.time(C::RequestedAt as usize)?,
            due_at: entry.time(C::DueAt as usize)?,
        })
    }
}
