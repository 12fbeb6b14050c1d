//! Rows decoded to plain structs that serialise themselves.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use serde_json::{Map, Value};
use sqlx::{FromRow, Row as _, postgres::PgRow, sqlite::SqliteRow};
use uuid::Uuid;

/// A page of a list.
#[derive(Serialize)]
pub(super) struct List<T> {
    items: Vec<T>,
    next_cursor: Option<String>,
}

/// An item whose place in a list can be named.
pub(super) trait Place {
    fn place(&self) -> String;
}

impl<T: Place> List<T> {
    /// Cuts rows, fetched with one more than a page holds.
    pub(super) fn cut(mut items: Vec<T>, limit: usize) -> Self {
        let more = items.len() > limit;
        items.truncate(limit);
        let next_cursor = if more { items.last().map(Place::place) } else { None };
        Self { items, next_cursor }
    }
}

#[derive(Serialize)]
pub(super) struct User {
    id: Uuid,
    email: String,
    name: String,
    email_verified: bool,
    is_active: bool,
    administrator: bool,
    disabled: bool,
    expiration_time: Option<DateTime<Utc>>,
    readonly: bool,
    device_readonly: bool,
    limit_commands: bool,
    fixed_email: bool,
    device_limit: i32,
    user_limit: i32,
    managed_by: Option<Uuid>,
    two_factor_type: String,
    phone: Option<String>,
    login: Option<String>,
    map: Option<String>,
    latitude: f64,
    longitude: f64,
    zoom: i32,
    attributes: Map<String, Value>,
    created_at: DateTime<Utc>,
    last_login_at: Option<DateTime<Utc>>,
}

#[derive(Serialize)]
pub(super) struct Account {
    id: Uuid,
    provider_id: Option<String>,
    provider_account_id: Option<String>,
    name: String,
    institution: Option<String>,
    institution_url: Option<String>,
    account_type: String,
    currency: String,
    balance: Option<String>,
    available_balance: Option<String>,
    cash_balance: Option<String>,
    money_market_balance: Option<String>,
    margin_debt: Option<String>,
    credit_limit: Option<String>,
    interest_rate: Option<String>,
    balance_as_of: Option<DateTime<Utc>>,
    account_number_masked: Option<String>,
    is_active: bool,
    closed_since: Option<NaiveDate>,
    include_in_net_worth: bool,
    same_account_as: Option<String>,
    linked_accounts: Vec<Value>,
    lot_method: String,
    corrections: Option<Value>,
    last_synced_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl Place for Account {
    fn place(&self) -> String {
        self.id.to_string()
    }
}

#[derive(Serialize)]
pub(super) struct Transaction {
    id: Uuid,
    account_id: Uuid,
    provider_transaction_id: String,
    date: NaiveDate,
    occurred_at: Option<DateTime<Utc>>,
    amount: String,
    currency: String,
    description: String,
    merchant: Option<String>,
    transaction_type: String,
    category: Option<String>,
    category_by: Option<&'static str>,
    transfer_id: Option<Uuid>,
    transfer_kind: Option<String>,
    status: String,
    pending: bool,
    pending_amount: Option<String>,
    pending_date: Option<NaiveDate>,
    memo: Option<String>,
    check_number: Option<String>,
    security_id: Option<Uuid>,
    symbol: Option<String>,
    security_name: Option<String>,
    asset_type: Option<String>,
    quantity: Option<String>,
    unit_price: Option<String>,
    fees: Option<String>,
    note: Option<String>,
    tags: Vec<String>,
    hidden: bool,
    split: Option<Value>,
    corrections: Option<Value>,
    decided: Option<Value>,
    import_id: Option<Uuid>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl Place for Transaction {
    fn place(&self) -> String {
        format!("{}:{}", self.date, self.id)
    }
}

/// What a person corrected or a rule decided, as it is stored.
fn json(text: Option<&str>) -> Option<Value> {
    text.and_then(|text| serde_json::from_str(text).ok())
}

fn part_of<'v>(corrections: &'v Option<Value>, name: &str) -> Option<&'v Value> {
    corrections.as_ref()?.get(name)
}

/// The texts that a correction has in the place of one value.
fn texts(correction: Option<&Value>) -> Vec<String> {
    let texts = correction.and_then(|correction| correction["value"].as_array());
    texts.into_iter().flatten().filter_map(|text| text.as_str().map(str::to_owned)).collect()
}

/// By index, which is the quickest way sqlx has that still checks types.
macro_rules! from_row {
    ($row:ty) => {
        impl FromRow<'_, $row> for User {
            fn from_row(row: &$row) -> Result<Self, sqlx::Error> {
                let verified_at: Option<DateTime<Utc>> = row.try_get(5)?;
                let attributes: Option<&str> = row.try_get(28)?;
                let attributes = attributes.map(serde_json::from_str).transpose();
                Ok(Self {
                    id: row.try_get(0)?,
                    email: row.try_get(1)?,
                    name: row.try_get(3)?,
                    email_verified: verified_at.is_some(),
                    is_active: row.try_get(6)?,
                    administrator: row.try_get(13)?,
                    disabled: !row.try_get::<bool, _>(6)?,
                    expiration_time: row.try_get(14)?,
                    readonly: row.try_get(15)?,
                    device_readonly: row.try_get(16)?,
                    limit_commands: row.try_get(17)?,
                    fixed_email: row.try_get(18)?,
                    device_limit: row.try_get(19)?,
                    user_limit: row.try_get(20)?,
                    managed_by: row.try_get(21)?,
                    two_factor_type: row.try_get(22)?,
                    phone: row.try_get(23)?,
                    login: row.try_get(24)?,
                    map: row.try_get(25)?,
                    latitude: row.try_get(26)?,
                    longitude: row.try_get(27)?,
                    zoom: row.try_get(29)?,
                    attributes: attributes
                        .map_err(|error| sqlx::Error::Decode(error.into()))?
                        .unwrap_or_default(),
                    created_at: row.try_get(10)?,
                    last_login_at: row.try_get(8)?,
                })
            }
        }

        impl FromRow<'_, $row> for Account {
            fn from_row(row: &$row) -> Result<Self, sqlx::Error> {
                let source: &str = row.try_get(2)?;
                let connection = source.strip_prefix("connection:").map(str::to_owned);
                let parts: Option<&str> = row.try_get(17)?;
                let parts: Option<Value> = parts.and_then(|parts| serde_json::from_str(parts).ok());
                let part = |name: &str| parts.as_ref()?.get(name)?.as_str().map(str::to_owned);
                let corrections = json(row.try_get(18)?);
                let external_id = if connection.is_some() { Some(row.try_get(3)?) } else { None };
                Ok(Self {
                    id: row.try_get(0)?,
                    provider_id: connection,
                    provider_account_id: external_id,
                    name: row.try_get(5)?,
                    institution: row.try_get(4)?,
                    institution_url: row.try_get(16)?,
                    account_type: row.try_get(7)?,
                    currency: row.try_get(8)?,
                    balance: row.try_get(9)?,
                    available_balance: row.try_get(10)?,
                    cash_balance: part("cash"),
                    money_market_balance: part("money_market"),
                    margin_debt: part("margin_debt"),
                    credit_limit: row.try_get(19)?,
                    interest_rate: row.try_get(20)?,
                    balance_as_of: row.try_get(11)?,
                    account_number_masked: row.try_get(6)?,
                    is_active: row.try_get(12)?,
                    closed_since: row.try_get(21)?,
                    include_in_net_worth: part_of(&corrections, "left_out").is_none(),
                    same_account_as: part_of(&corrections, "same_as")
                        .and_then(|said| said.get("value")?.as_str().map(str::to_owned)),
                    linked_accounts: part_of(&corrections, "linked")
                        .and_then(Value::as_array)
                        .cloned()
                        .unwrap_or_default(),
                    lot_method: part_of(&corrections, "lot_method")
                        .and_then(|said| said.get("value")?.as_str())
                        .unwrap_or("fifo")
                        .to_owned(),
                    corrections,
                    last_synced_at: row.try_get(13)?,
                    created_at: row.try_get(14)?,
                    updated_at: row.try_get(15)?,
                })
            }
        }

        impl FromRow<'_, $row> for Transaction {
            fn from_row(row: &$row) -> Result<Self, sqlx::Error> {
                let status: String = row.try_get(11)?;
                let corrections = json(row.try_get(25)?);
                let (told, category): (Option<&str>, Option<String>) = (row.try_get(27)?, row.try_get(28)?);
                let decided = json(row.try_get(29)?);
                let transfer: Option<Uuid> = row.try_get(30)?;
                let by = match (part_of(&corrections, "category"), part_of(&decided, "category"), told) {
                    (Some(_), _, _) => "user",
                    (_, Some(_), _) => "rule",
                    _ if transfer.is_some() => "transfer",
                    (_, _, Some(_)) => "institution",
                    _ => "kind",
                };
                let note = part_of(&corrections, "note").and_then(|note| note["value"].as_str());
                Ok(Self {
                    id: row.try_get(0)?,
                    account_id: row.try_get(2)?,
                    provider_transaction_id: row.try_get(3)?,
                    date: row.try_get(5)?,
                    occurred_at: row.try_get(6)?,
                    amount: row.try_get(7)?,
                    currency: row.try_get(8)?,
                    description: row.try_get(9)?,
                    merchant: row.try_get(24)?,
                    transaction_type: row.try_get(10)?,
                    category_by: category.as_ref().map(|_| by),
                    category,
                    transfer_id: transfer,
                    transfer_kind: row.try_get(31)?,
                    pending: status == "pending",
                    pending_amount: row.try_get(30)?,
                    pending_date: row.try_get(31)?,
                    status,
                    memo: row.try_get(12)?,
                    check_number: row.try_get(13)?,
                    security_id: row.try_get(26)?,
                    symbol: row.try_get(14)?,
                    security_name: row.try_get(15)?,
                    asset_type: row.try_get(16)?,
                    quantity: row.try_get(17)?,
                    unit_price: row.try_get(18)?,
                    fees: row.try_get(19)?,
                    note: note.map(str::to_owned),
                    tags: texts(part_of(&corrections, "tags")),
                    hidden: part_of(&corrections, "hidden").is_some(),
                    split: part_of(&corrections, "split").cloned(),
                    corrections,
                    decided,
                    import_id: row.try_get(20)?,
                    created_at: row.try_get(22)?,
                    updated_at: row.try_get(23)?,
                })
            }
        }
    };
}

from_row!(SqliteRow);
from_row!(PgRow);
