//! Table `transaction_aliases`.

use dashtam_domain::{
    id::{AccountId, TransactionId, UserId},
    ledger::Alias,
    record::Record,
    store::StoreError,
};
use sea_orm::{Set, entity::prelude::*};

use crate::cells::{Cells, Entry, FromRow};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "transaction_aliases")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub source_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub ordinal: i32,
    pub transaction_id: Uuid,
    pub merged_id: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// How many columns there are.
pub(crate) const WIDTH: usize = Column::MergedId as usize + 1;

/// Every column of an alias.
pub(crate) fn row(alias: &Alias) -> ActiveModel {
    ActiveModel {
        user_id: Set(alias.owner.0),
        account_id: Set(alias.account.0),
        source_id: Set(alias.source_id.clone()),
        ordinal: Set(alias.ordinal),
        transaction_id: Set(alias.transaction.0),
        merged_id: Set(alias.merged.map(|id| id.0)),
    }
}

impl FromRow for Alias {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        use Column as C;
        let entry = Entry::new(row, Record::Alias, 0);
        Ok(Self {
            owner: UserId(entry.get(C::UserId as usize)?),
            account: AccountId(entry.get(C::AccountId as usize)?),
            source_id: entry.text(C::SourceId as usize)?,
            ordinal: entry.get(C::Ordinal as usize)?,
            transaction: TransactionId(entry.get(C::TransactionId as usize)?),
            merged: entry.get::<Option<Uuid>>(C::MergedId as usize)?.map(TransactionId),
        })
    }
}
