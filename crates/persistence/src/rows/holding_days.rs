//! Tables `holding_snapshots` and `holding_days`, which have no entities: rows are read as the statements select them.

use dashtam_domain::{
    id::{AccountId, SecurityId},
    ledger::{AssetClass, HeldPosition},
    money::Decimal,
    record::Record,
    store::StoreError,
    time::{Day, Timestamp},
};
use sea_orm::sea_query::Expr;
use uuid::Uuid;

use super::{
    parts::{read_option, write_option},
    text,
};
use crate::cells::{Cells, Entry, FromRow};

/// What is stored of a position for a day, behind user, account, day and origin.
pub(crate) const POSITION: [&str; 11] = [
    "external_id",
    "security_id",
    "symbol",
    "name",
    "asset_class",
    "quantity",
    "price",
    "market_value",
    "cost_basis",
    "option_terms",
    "currency",
];

/// The values of [`POSITION`].
pub(crate) fn position(held: &HeldPosition) -> [Expr; 11] {
    [
        held.external_id.clone().into(),
        held.security.map(|id| id.0).into(),
        held.symbol.clone().into(),
        held.name.clone().into(),
        held.asset_class.as_str().into(),
        held.quantity.to_string().into(),
        text(held.price).into(),
        text(held.market_value).into(),
        text(held.cost_basis).into(),
        write_option(held.option.as_ref()).into(),
        held.currency.as_str().to_owned().into(),
    ]
}

/// Reads the columns of [`POSITION`] from this index on.
fn read(row: &impl Cells, at: usize) -> Result<HeldPosition, StoreError> {
    let entry = Entry::new(row, Record::HoldingDay, at);
    Ok(HeldPosition {
        external_id: entry.text(0)?,
        security: entry.get::<Option<Uuid>>(1)?.map(SecurityId),
        symbol: entry.maybe_text(2)?,
        name: entry.maybe_text(3)?,
        asset_class: entry.word(4, AssetClass::parse)?,
        quantity: entry.decimal(5)?,
        price: entry.maybe_decimal(6)?,
        market_value: entry.maybe_decimal(7)?,
        cost_basis: entry.maybe_decimal(8)?,
        option: entry.maybe_parse(9, read_option)?,
        currency: entry.parse(10, str::parse)?,
    })
}

/// A position and its day.
pub(crate) struct HeldOn(pub(crate) Day, pub(crate) HeldPosition);

impl FromRow for HeldOn {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        Ok(Self(Entry::new(row, Record::HoldingDay, 0).day(0)?, read(row, 1)?))
    }
}

/// A position, its account and its day.
pub(crate) struct HeldIn(pub(crate) AccountId, pub(crate) Day, pub(crate) HeldPosition);

impl FromRow for HeldIn {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        let entry = Entry::new(row, Record::HoldingDay, 0);
        Ok(Self(AccountId(entry.get(0)?), entry.day(1)?, read(row, 2)?))
    }
}

/// What was told for a day, with one of its positions, or none where nothing was held.
pub(crate) struct Told {
    pub(crate) day: Day,
    pub(crate) origin: Uuid,
    pub(crate) taken_at: Timestamp,
    pub(crate) value: Option<Decimal>,
    pub(crate) position: Option<HeldPosition>,
}

impl FromRow for Told {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        let entry = Entry::new(row, Record::HoldingDay, 0);
        let holds: Option<String> = entry.maybe_text(4)?;
        Ok(Self {
            day: entry.day(0)?,
            origin: entry.get(1)?,
            taken_at: entry.time(2)?,
            value: entry.maybe_decimal(3)?,
            position: holds.map(|_| read(row, 4)).transpose()?,
        })
    }
}

/// The latest that was told of an account up to a day, with all its positions in one statement.
pub(crate) fn latest() -> String {
    let position = POSITION.map(|column| format!("d.{column}")).join(", ");
    format!(
        "SELECT s.day, s.origin, s.taken_at, s.value, {position} FROM (SELECT * FROM holding_snapshots \
         WHERE user_id = $1 AND account_id = $2 AND day <= $3 ORDER BY day DESC, taken_at DESC, origin LIMIT 1) AS s \
         LEFT JOIN holding_days d ON d.user_id = s.user_id AND d.account_id = s.account_id AND d.day = s.day \
         AND d.origin = s.origin ORDER BY d.external_id"
    )
}
