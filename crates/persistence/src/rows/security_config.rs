//! Table `security_config`: one row.

use dashtam_domain::{
    identity::{SecurityConfig, TokenFloor},
    record::Record,
    store::StoreError,
};
use sea_orm::entity::prelude::*;

use crate::cells::{Cells, Entry, FromRow};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "security_config")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub global_min_token_version: i32,
    pub grace_until: DateTimeUtc,
    pub earlier_version: i32,
    pub earlier_until: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub updated_by: Option<String>,
    pub reason: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// Reads the floor whose columns begin at index `at`.
pub(crate) fn floor(row: &impl Cells, at: usize) -> Result<TokenFloor, StoreError> {
    use Column as C;
    let entry = Entry::new(row, Record::TokenFloor, at);
    Ok(TokenFloor {
        version: entry.get(C::GlobalMinTokenVersion as usize)?,
        grace_until: entry.time(C::GraceUntil as usize)?,
        earlier_version: entry.get(C::EarlierVersion as usize)?,
        earlier_until: entry.time(C::EarlierUntil as usize)?,
    })
}

impl FromRow for SecurityConfig {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        use Column as C;
        let entry = Entry::new(row, Record::TokenFloor, 0);
        Ok(Self {
            floor: floor(row, 0)?,
            updated_at: entry.time(C::UpdatedAt as usize)?,
            updated_by: entry.maybe_text(C::UpdatedBy as usize)?,
            reason: entry.maybe_text(C::Reason as usize)?,
        })
    }
}
