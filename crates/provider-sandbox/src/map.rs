//! From the bank's JSON to Dashtam's language. Reasons for refusals name fields, never values.

use dashtam_domain::{
    connections::{PulledAccount, PulledHolding, PulledTransaction},
    ledger::{AccountKind, AssetClass, Trade, TransactionKind, TransactionStatus},
    money::{Currency, Decimal},
    time::Timestamp,
};
use dashtam_provider_kit::lenient::{decimal, required_day, required_decimal, required_text, text};
use serde_json::Value;

fn currency(row: &Value) -> Result<Currency, String> {
    required_text(row, "currency")?.parse().map_err(|why| format!("currency {why}"))
}

fn instant(row: &Value, field: &str) -> Option<Timestamp> {
    text(row, field).and_then(|text| Timestamp::parse(&text))
}

pub(crate) fn account(row: &Value) -> Result<PulledAccount, String> {
    let balances = row.get("balances").unwrap_or(&Value::Null);
    Ok(PulledAccount {
        external_id: required_text(row, "id")?,
        name: text(row, "name").unwrap_or_else(|| "Account".to_owned()),
        kind: match text(row, "type").as_deref() {
            Some("checking") => AccountKind::Checking,
            Some("savings") => AccountKind::Savings,
            Some("credit_card") => AccountKind::CreditCard,
            Some("brokerage") => AccountKind::Brokerage,
            _ => AccountKind::Other,
        },
        currency: currency(row)?,
        mask: text(row, "number_masked"),
        balance: decimal(balances, "current")?,
        available: decimal(balances, "available")?,
        as_of: instant(balances, "as_of"),
    })
}

pub(crate) fn transaction(row: &Value) -> Result<PulledTransaction, String> {
    let pending = text(row, "status").as_deref() == Some("pending");
    Ok(PulledTransaction {
        external_id: required_text(row, "id")?,
        replaces: text(row, "pending_id"),
        day: required_day(row, "date")?,
        occurred_at: instant(row, "occurred_at"),
        amount: required_decimal(row, "amount")?,
        currency: currency(row)?,
        description: text(row, "description").unwrap_or_default(),
        kind: kind(text(row, "type").as_deref().unwrap_or_default()),
        status: if pending { TransactionStatus::Pending } else { TransactionStatus::Posted },
        trade: row.get("security").filter(|security| security.is_object()).map(trade).transpose()?,
        raw: row.clone(),
    })
}

fn trade(security: &Value) -> Result<Trade, String> {
    Ok(Trade {
        symbol: text(security, "symbol"),
        name: text(security, "name"),
        asset_class: asset_class(text(security, "asset_type").as_deref()),
        quantity: decimal(security, "quantity")?.unwrap_or(Decimal::ZERO),
        price: decimal(security, "price")?,
        fees: decimal(security, "fees")?,
    })
}

pub(crate) fn holding(row: &Value) -> Result<PulledHolding, String> {
    let symbol = required_text(row, "symbol")?;
    Ok(PulledHolding {
        external_id: symbol.clone(),
        symbol: Some(symbol),
        name: text(row, "name"),
        asset_class: asset_class(text(row, "asset_type").as_deref()),
        quantity: required_decimal(row, "quantity")?,
        price: decimal(row, "price")?,
        market_value: decimal(row, "market_value")?,
        cost_basis: decimal(row, "cost_basis")?,
        currency: currency(row)?,
        as_of: instant(row, "as_of"),
    })
}

fn asset_class(name: Option<&str>) -> AssetClass {
    match name {
        Some("stock") => AssetClass::Equity,
        Some("etf") => AssetClass::Etf,
        Some("mutual_fund") => AssetClass::MutualFund,
        _ => AssetClass::Other,
    }
}

fn kind(name: &str) -> TransactionKind {
    match name {
        "deposit" => TransactionKind::Deposit,
        "withdrawal" => TransactionKind::Withdrawal,
        "purchase" => TransactionKind::PointOfSale,
        "refund" => TransactionKind::Credit,
        "payment" => TransactionKind::Payment,
        "transfer" => TransactionKind::Transfer,
        "fee" => TransactionKind::Fee,
        "interest" => TransactionKind::Interest,
        "dividend" => TransactionKind::Dividend,
        "buy" | "sell" => TransactionKind::Trade,
        _ => TransactionKind::Other,
    }
}
