//! Table `securities`, and the keys that lead to its rows.

use dashtam_domain::{
    id::{SecurityId, UserId},
    ledger::{AssetClass, Cusip, Figi, Isin, KnownSecurity, Security},
    record::Record,
    store::StoreError,
};
use sea_orm::{Set, entity::prelude::*};

use super::text;
use crate::cells::{Cells, Entry, FromRow};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "securities")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    pub symbol: Option<String>,
    pub exchange: Option<String>,
    pub isin: Option<String>,
    pub cusip: Option<String>,
    pub figi: Option<String>,
    pub name: Option<String>,
    pub asset_class: String,
    pub currency: Option<String>,
    pub multiplier: Option<String>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
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

/// Every column of a security, as the change with this number writes it.
pub(crate) fn row(security: &Security, seq: i64) -> ActiveModel {
    ActiveModel {
        id: Set(security.id.0),
        user_id: Set(security.owner.0),
        symbol: Set(security.symbol.clone()),
        exchange: Set(security.exchange.clone()),
        isin: Set(text(security.isin.as_ref())),
        cusip: Set(text(security.cusip.as_ref())),
        figi: Set(text(security.figi.as_ref())),
        name: Set(security.name.clone()),
        asset_class: Set(security.asset_class.as_str().to_owned()),
        currency: Set(security.currency.map(|currency| currency.as_str().to_owned())),
        multiplier: Set(text(security.multiplier)),
        created_at: Set(security.created_at.as_chrono()),
        updated_at: Set(security.updated_at.as_chrono()),
        seq: Set(seq),
        born_seq: Set(seq),
    }
}

impl FromRow for Security {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        use Column as C;
        let entry = Entry::new(row, Record::Security, 0);
        Ok(Self {
            id: SecurityId(entry.get(C::Id as usize)?),
            owner: UserId(entry.get(C::UserId as usize)?),
            symbol: entry.maybe_text(C::Symbol as usize)?,
            exchange: entry.maybe_text(C::Exchange as usize)?,
            isin: entry.maybe_word(C::Isin as usize, Isin::parse)?,
            cusip: entry.maybe_word(C::Cusip as usize, Cusip::parse)?,
            figi: entry.maybe_word(C::Figi as usize, Figi::parse)?,
            name: entry.maybe_text(C::Name as usize)?,
            asset_class: entry.word(C::AssetClass as usize, AssetClass::parse)?,
            currency: entry.maybe_parse(C::Currency as usize, str::parse)?,
            multiplier: entry.maybe_decimal(C::Multiplier as usize)?,
            created_at: entry.time(C::CreatedAt as usize)?,
            updated_at: entry.time(C::UpdatedAt as usize)?,
        })
    }
}

/// The key stands behind the columns of the security.
impl FromRow for KnownSecurity {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        let key = Entry::new(row, Record::Security, WIDTH).text(0)?;
        Ok(Self { key, security: Security::from_row(row)? })
    }
}
