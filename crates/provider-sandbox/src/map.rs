//! From the bank's JSON to Dashtam's language. Reasons for refusals name fields, never values.

use dashtam_domain::{
    connections::{PulledAccount, PulledHolding, PulledTransaction},
    ledger::{
        AccountKind, AccountTerms, AssetClass, BalanceParts, Exchange, Isin, Leg, LegKind, SecurityIds,
        Trade, TransactionDetails, TransactionKind, TransactionStatus,
    },
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

/// A figure that can be done without: one that cannot be read must not cost the account or the row.
fn figure(balances: &Value, field: &'static str) -> Option<Decimal> {
    let refused = |reason: &String| tracing::warn!(reason, "a figure was left out");
    decimal(balances, field).inspect_err(refused).ok().flatten()
}

/// A row with an unknown status is not taken for booked money.
fn status(row: &Value) -> Result<TransactionStatus, String> {
    match required_text(row, "status")?.as_str() {
        "pending" => Ok(TransactionStatus::Pending),
        "posted" => Ok(TransactionStatus::Posted),
        _ => Err("status is not known".to_owned()),
    }
}

pub(crate) fn account(row: &Value) -> Result<PulledAccount, String> {
    let balances = row.get("balances").unwrap_or(&Value::Null);
    let kind = match text(row, "type").as_deref() {
        Some("checking") => AccountKind::Checking,
        Some("savings") => AccountKind::Savings,
        Some("credit_card") => AccountKind::CreditCard,
        Some("brokerage") => AccountKind::Brokerage,
        Some("loan") => AccountKind::Loan,
        _ => AccountKind::Other,
    };
    let cash = figure(balances, "current");
    Ok(PulledAccount {
        external_id: required_text(row, "id")?,
        institution: None,
        name: text(row, "name").unwrap_or_else(|| "Account".to_owned()),
        kind,
        currency: currency(row)?,
        mask: text(row, "number_masked"),
        balance: cash,
        available: figure(balances, "available"),
        // The balance of a brokerage account is its cash.
        parts: BalanceParts {
            cash: cash.filter(|_| kind == AccountKind::Brokerage),
            ..BalanceParts::default()
        },
        terms: AccountTerms {
            credit_limit: figure(row, "credit_limit"),
            interest_rate: figure(row, "interest_rate"),
            closed_since: None,
        },
        as_of: instant(balances, "as_of"),
        raw: row.clone().into(),
    })
}

pub(crate) fn transaction(row: &Value) -> Result<PulledTransaction, String> {
    let (amount, currency) = (required_decimal(row, "amount")?, currency(row)?);
    let trade = row.get("security").filter(|security| security.is_object()).map(trade).transpose()?;
    let (fee, legs) = match &trade {
        Some(trade) => (trade.fees, legs(trade, ids(&row["security"]), amount, currency)),
        None => (None, Vec::new()),
    };
    Ok(PulledTransaction {
        external_id: required_text(row, "id")?,
        replaces: text(row, "pending_id"),
        day: required_day(row, "date")?,
        occurred_at: instant(row, "occurred_at"),
        amount,
        currency,
        description: text(row, "description").unwrap_or_default(),
        kind: kind(text(row, "type").as_deref().unwrap_or_default()),
        status: status(row)?,
        memo: None,
        trade,
        details: TransactionDetails {
            payee: text(row, "counterparty"),
            // In Plaid's words, as many institutions tell it.
            category: text(row, "category"),
            exchange: exchange(row),
            fee,
            legs,
            ..TransactionDetails::default()
        },
        raw: row.clone().into(),
    })
}

/// The currency in which it was paid, if that is another one; the amount is converted already. What cannot be read of it must
/// not cost the row.
fn exchange(row: &Value) -> Option<Exchange> {
    let original = row.get("original")?;
    let currency = text(original, "currency")?.parse().ok()?;
    Some(Exchange { currency, rate: figure(original, "rate"), is_converted: true })
}

/// The bank tells the whole and the fees: what is left is what the security cost.
fn legs(trade: &Trade, ids: SecurityIds, amount: Decimal, currency: Currency) -> Vec<Leg> {
    let fees = trade.fees.filter(|fees| !fees.is_zero());
    let moved = !trade.quantity.is_zero();
    // A dividend names its security without moving any of it.
    let kind = if moved { LegKind::Security } else { LegKind::Cash };
    let security = Leg {
        ids,
        symbol: trade.symbol.clone(),
        name: trade.name.clone(),
        asset_class: Some(trade.asset_class),
        quantity: moved.then_some(trade.quantity),
        price: trade.price,
        amount: amount.checked_add(fees.unwrap_or_default()),
        ..Leg::new(kind, currency)
    };
    let fee = |fees: Decimal| Leg { amount: Some(-fees), ..Leg::new(LegKind::Fee, currency) };
    std::iter::once(security).chain(fees.map(fee)).collect()
}

fn trade(security: &Value) -> Result<Trade, String> {
    Ok(Trade {
        security: None,
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
        ids: ids(row),
        symbol: Some(symbol),
        name: text(row, "name"),
        asset_class: asset_class(text(row, "asset_type").as_deref()),
        is_money: false,
        quantity: required_decimal(row, "quantity")?,
        price: decimal(row, "price")?,
        market_value: decimal(row, "market_value")?,
        cost_basis: decimal(row, "cost_basis")?,
        option: None,
        currency: currency(row)?,
        as_of: instant(row, "as_of"),
        raw: row.clone().into(),
    })
}

/// What the bank calls a security beside its symbol.
fn ids(row: &Value) -> SecurityIds {
    SecurityIds { isin: text(row, "isin").as_deref().and_then(Isin::parse), ..SecurityIds::default() }
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row() -> Value {
        json!({
            "id": "t-1", "date": "2026-07-01", "amount": "-12.40", "currency": "USD", "type": "purchase",
            "status": "posted", "description": " Corner shop ",
        })
    }

    #[test]
    fn a_transaction_needs_little() {
        let read = transaction(&row()).unwrap();
        assert_eq!((read.external_id.as_str(), read.description.as_str()), ("t-1", "Corner shop"));
        assert_eq!((read.kind, read.status), (TransactionKind::PointOfSale, TransactionStatus::Posted));
        assert_eq!((read.replaces, read.occurred_at, read.trade, read.raw), (None, None, None, row().into()));
        assert!(read.details.is_empty());
    }

    #[test]
    fn the_other_side_and_the_legs_are_kept() {
        let mut sale = row();
        (sale["type"], sale["amount"], sale["counterparty"]) =
            (json!("sell"), json!("95.05"), json!("Exchange"));
        sale["security"] = json!({"symbol": "VXUS", "quantity": "-10", "price": "10", "fees": "4.95"});
        let read = transaction(&sale).unwrap().details;
        assert_eq!((read.payee.as_deref(), read.fee), (Some("Exchange"), Some(Decimal::new(495, 2))));
        let amounts: Vec<_> = read.legs.iter().map(|leg| leg.amount.unwrap().to_string()).collect();
        assert_eq!(amounts, ["100.00", "-4.95"]);
        assert_eq!(read.legs_total(), Some(Decimal::new(9505, 2)));
        sale["security"] = json!({"symbol": "VXUS"});
        let dividend = transaction(&sale).unwrap().details.legs.remove(0);
        assert_eq!((dividend.kind, dividend.quantity), (LegKind::Cash, None));
    }

    #[test]
    fn a_refusal_names_the_field_and_no_value() {
        for (field, value, reason) in [
            ("id", Value::Null, "id is missing"),
            ("date", json!("2026-02-30"), "date is not a date"),
            ("amount", json!("12.O4-"), "amount "),
            ("amount", json!({}), "amount is not a decimal number"),
            ("currency", json!("dollars"), "currency must be"),
            ("status", json!("maybe"), "status is not known"),
            ("status", Value::Null, "status is missing"),
            ("security", json!({"quantity": "many"}), "quantity "),
        ] {
            let mut broken = row();
            broken[field] = value.clone();
            let refusal = transaction(&broken).unwrap_err();
            assert!(refusal.starts_with(reason), "{refusal}");
            assert!(!value.as_str().is_some_and(|value| refusal.contains(value)), "{refusal}");
        }
    }

    #[test]
    fn an_account_outlives_a_broken_balance() {
        let mut row = json!({
            "id": "acc-1", "currency": "EUR", "type": "vault", "name": "",
            "balances": {"current": "1,5", "available": 2.50, "as_of": "yesterday"},
        });
        let read = account(&row).unwrap();
        assert_eq!((read.kind, read.name.as_str()), (AccountKind::Other, "Account"));
        assert_eq!((read.balance, read.available, read.as_of), (None, Some(Decimal::new(250, 2)), None));
        row["currency"] = Value::Null;
        assert_eq!(account(&row), Err("currency is missing".to_owned()));
    }

    #[test]
    fn a_holding_needs_symbol_quantity_and_currency() {
        let row = json!({"symbol": "VXUS", "quantity": "1.5", "currency": "USD", "asset_type": "etf"});
        let read = holding(&row).unwrap();
        assert_eq!((read.asset_class, read.quantity), (AssetClass::Etf, Decimal::new(15, 1)));
        for field in ["symbol", "quantity", "currency"] {
            let mut row = row.clone();
            row[field] = Value::Null;
            assert_eq!(holding(&row), Err(format!("{field} is missing")));
        }
    }
}
