//! Table `audit_chains`: the newest link of each chain of the audit trail.

use dashtam_domain::{identity::ChainHead, record::Record, store::StoreError};
use sea_orm::entity::prelude::*;

use crate::cells::{Cells, Entry, FromRow};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_chains")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub chain_id: Uuid,
    pub position: i64,
    pub hash: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

impl FromRow for ChainHead {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        use Column as C;
        let entry = Entry::new(row, Record::AuditChain, 0);
        Ok(Self {
            chain: entry.get(C::ChainId as usize)?,
            position: entry.get(C::Position as usize)?,
            hash: entry.hash(C::Hash as usize)?,
        })
    }
}
