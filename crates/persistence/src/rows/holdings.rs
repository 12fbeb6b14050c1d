//! Table `holdings`.

use dashtam_domain::{
    id::{AccountId, HoldingId, SecurityId, UserId},
    ledger::{AssetClass, Holding},
    record::Record,
    store::StoreError,
};
use sea_orm::{Set, entity::prelude::*};

use super::{
    maybe,
    parts::{read_option, write_option},
    text,
};
use crate::cells::{Cells, Entry, FromRow};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "holdings")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    pub account_id: Uuid,
    pub external_id: String,
    pub symbol: Option<String>,
    pub name: Option<String>,
    pub asset_class: String,
    pub quantity: String,
    pub price: Option<String>,
    pub market_value: Option<String>,
    pub cost_basis: Option<String>,
    pub currency: String,
    pub as_of: Option<DateTimeUtc>,
    pub updated_at: DateTimeUtc,
    /// JSON: the terms of an option.
    pub option_terms: Option<String>,
    /// Number of the last change.
    pub seq: i64,
    /// Number of the change that made it.
    pub born_seq: i64,
    pub security_id: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

/// How many columns there are.
pub(crate) const WIDTH: usize = Column::SecurityId as usize + 1;

/// Every column of a position, as the change with this number writes it.
pub(crate) fn row(holding: &Holding, seq: i64) -> ActiveModel {
    ActiveModel {
        id: Set(holding.id.0),
        user_id: Set(holding.owner.0),
        account_id: Set(holding.account.0),
        external_id: Set(holding.external_id.clone()),
        symbol: Set(holding.symbol.clone()),
        name: Set(holding.name.clone()),
        asset_class: Set(holding.asset_class.as_str().to_owned()),
        quantity: Set(holding.quantity.to_string()),
        price: Set(text(holding.price)),
        market_value: Set(text(holding.market_value)),
        cost_basis: Set(text(holding.cost_basis)),
        currency: Set(holding.currency.as_str().to_owned()),
        as_of: Set(maybe(holding.as_of)),
        updated_at: Set(holding.updated_at.as_chrono()),
        option_terms: Set(write_option(holding.option.as_ref())),
        seq: Set(seq),
        born_seq: Set(seq),
        security_id: Set(holding.security.map(|id| id.0)),
    }
}

impl FromRow for Holding {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        use Column as C;
        let entry = Entry::new(row, Record::Holding, 0);
        Ok(Self {
            id: HoldingId(entry.get(C::Id as usize)?),
            account: AccountId(entry.get(C::AccountId as usize)?),
            owner: UserId(entry.get(C::UserId as usize)?),
            external_id: entry.text(C::ExternalId as usize)?,
            security: entry.get::<Option<Uuid>>(C::SecurityId as usize)?.map(SecurityId),
            symbol: entry.maybe_text(C::Symbol as usize)?,
            name: entry.maybe_text(C::Name as usize)?,
            asset_class: entry.word(C::AssetClass as usize, AssetClass::parse)?,
            quantity: entry.decimal(C::Quantity as usize)?,
            price: entry.maybe_decimal(C::Price as usize)?,
            market_value: entry.maybe_decimal(C::MarketValue as usize)?,
            cost_basis: entry.maybe_decimal(C::CostBasis as usize)?,
            option: entry.maybe_parse(C::OptionTerms as usize, read_option)?,
            currency: entry.parse(C::Currency as usize, str::parse)?,
            as_of: entry.maybe_time(C::AsOf as usize)?,
            updated_at: entry.time(C::UpdatedAt as usize)?,
        })
    }
}
