//! Table `balances`.

use dashtam_domain::{
    id::{AccountId, BalanceId, UserId},
    ledger::{BalancePoint, BalanceSource},
    record::Record,
    store::StoreError,
};
use sea_orm::{Set, entity::prelude::*};

use super::{
    parts::{read_parts, write_parts},
    text,
};
use crate::cells::{Cells, Entry, FromRow};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "balances")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    pub account_id: Uuid,
    pub balance: String,
    pub available: Option<String>,
    pub currency: String,
    pub as_of: DateTimeUtc,
    pub source: String,
    pub created_at: DateTimeUtc,
    /// JSON: what the balance was made of.
    pub parts: Option<String>,
    /// Number of the last change.
    pub seq: i64,
    /// Number of the change that made it.
    pub born_seq: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// How many columns there are.
pub(crate) const WIDTH: usize = Column::BornSeq as usize + 1;

/// Every column of a recorded balance, as the change with this number writes it.
pub(crate) fn row(point: &BalancePoint, seq: i64) -> ActiveModel {
    ActiveModel {
        id: Set(point.id.0),
        user_id: Set(point.owner.0),
        account_id: Set(point.account.0),
        balance: Set(point.balance.to_string()),
        available: Set(text(point.available)),
        currency: Set(point.currency.as_str().to_owned()),
        as_of: Set(point.as_of.as_chrono()),
        source: Set(point.source.as_str().to_owned()),
        created_at: Set(point.created_at.as_chrono()),
        parts: Set(write_parts(&point.parts)),
        seq: Set(seq),
        born_seq: Set(seq),
    }
}

impl FromRow for BalancePoint {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        use Column as C;
        let entry = Entry::new(row, Record::Balance, 0);
        Ok(Self {
            id: BalanceId(entry.get(C::Id as usize)?),
            owner: UserId(entry.get(C::UserId as usize)?),
            account: AccountId(entry.get(C::AccountId as usize)?),
            balance: entry.decimal(C::Balance as usize)?,
            available: entry.maybe_decimal(C::Available as usize)?,
            parts: entry.maybe_parse(C::Parts as usize, read_parts)?.unwrap_or_default(),
            currency: entry.parse(C::Currency as usize, str::parse)?,
            as_of: entry.time(C::AsOf as usize)?,
            source: entry.word(C::Source as usize, BalanceSource::parse)?,
            created_at: entry.time(C::CreatedAt as usize)?,
        })
    }
}
