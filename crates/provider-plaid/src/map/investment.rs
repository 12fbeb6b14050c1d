//! Transactions of investment accounts.

use dashtam_domain::{
    connections::PulledTransaction,
    ledger::{Leg, LegKind, Trade, TransactionDetails, TransactionKind, TransactionStatus},
    money::Decimal,
    time::Timestamp,
};
use dashtam_provider_kit::lenient::{required_day, required_decimal, text};
use serde_json::{Value, json};

use super::{DESCRIPTION, currency, figure, id, security::Security, words};

/// Reads a row about this security, if it is about one. The sign of the amount is turned, that of the quantity is ours.
pub(crate) fn read(row: &Value, security: Option<&Value>) -> Result<PulledTransaction, String> {
    let security = security.filter(|security| security.is_object());
    let told = Security(security.unwrap_or(&Value::Null));
    let amount = -required_decimal(row, "amount")?;
    let currency = currency(row)?;
    let [sort, subtype] =
        ["type", "subtype"].map(|field| text(row, field).unwrap_or_default().to_lowercase());
    let fees = figure(row, "fees").filter(|fees| !fees.is_zero());
    // Money that comes and goes is no trade in money.
    let is_about_one = security.is_some() && !told.is_cash();
    let moves = matches!(sort.as_str(), "buy" | "sell" | "transfer");
    let quantity = figure(row, "quantity").filter(|_| moves).unwrap_or_default();
    let price = figure(row, "price").filter(|price| moves && !price.is_zero());
    let trade = is_about_one.then(|| Trade {
        security: None,
        symbol: told.symbol(),
        name: told.name(),
        asset_class: told.class(),
        quantity,
        price,
        fees,
    });
    let leg = is_about_one.then(|| Leg {
        symbol: told.symbol(),
        name: told.name(),
        asset_class: Some(told.class()),
        quantity: Some(quantity).filter(|quantity| !quantity.is_zero()),
        price,
        amount: Some(amount),
        ids: told.ids(),
        option: told.option(),
        ..Leg::new(LegKind::Security, currency)
    });
    Ok(PulledTransaction {
        external_id: id(row, "investment_transaction_id")?,
        replaces: None,
        day: required_day(row, "date")?,
        occurred_at: text(row, "transaction_datetime").and_then(|at| Timestamp::parse(&at)),
        amount,
        currency,
        description: words(row, "name", DESCRIPTION).or_else(|| told.name()).unwrap_or_default(),
        kind: kind(&sort, &subtype, amount),
        status: match subtype.as_str() {
            "pending credit" | "pending debit" => TransactionStatus::Pending,
            _ => TransactionStatus::Posted,
        },
        memo: None,
        trade,
        details: TransactionDetails {
            fee: fees,
            legs: leg.into_iter().collect(),
            ..TransactionDetails::default()
        },
        raw: json!({"investment": row, "security": security}).into(),
    })
}

/// The id of the row that this one takes back, if that is what it does.
pub(crate) fn cancels(row: &Value) -> Option<String> {
    (text(row, "type").as_deref() == Some("cancel")).then(|| text(row, "cancel_transaction_id")).flatten()
}

fn kind(sort: &str, subtype: &str, amount: Decimal) -> TransactionKind {
    match (sort, subtype) {
        (_, subtype) if subtype.contains("dividend") && sort != "buy" => TransactionKind::Dividend,
        (_, "interest" | "interest receivable" | "margin expense") => TransactionKind::Interest,
        ("fee", _) => TransactionKind::Fee,
        (_, "account fee" | "management fee" | "fund fee" | "legal fee" | "transfer fee" | "trust fee") => {
            TransactionKind::Fee
        }
        ("buy" | "sell", _) => TransactionKind::Trade,
        ("cash", "deposit" | "contribution") => TransactionKind::Deposit,
        ("cash", "withdrawal" | "distribution") => TransactionKind::Withdrawal,
        ("transfer", _) => TransactionKind::Transfer,
        _ if amount.is_zero() => TransactionKind::Other,
        _ if amount.is_sign_negative() => TransactionKind::Debit,
        _ => TransactionKind::Credit,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(sort: &str, subtype: &str, amount: &str, quantity: &str) -> Value {
        let exact = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        json!({"investment_transaction_id": "pK99", "account_id": "rz99", "security_id": "s", "date": "2020-05-28",
            "amount": exact(amount), "quantity": exact(quantity), "price": exact("27.53"), "fees": exact("7.99"),
            "name": "ROW", "type": sort, "subtype": subtype, "iso_currency_code": "USD"})
    }

    fn fund() -> Value {
        json!({"security_id": "s", "ticker_symbol": "MIPTX", "type": "mutual fund"})
    }

    #[test]
    fn a_sale_brings_money_and_takes_units() {
        let told = read(&row("sell", "sell", "-1289.01", "-47.74104242992852"), Some(&fund())).unwrap();
        assert_eq!((told.amount.to_string().as_str(), told.kind), ("1289.01", TransactionKind::Trade));
        let trade = told.trade.clone().unwrap();
        assert_eq!(
            (trade.quantity.to_string().as_str(), trade.symbol.as_deref()),
            ("-47.74104242992852", Some("MIPTX"))
        );
        assert_eq!(told.details.legs_total(), Some(told.amount));
        assert_eq!(told.details.legs[0].ids.own.as_deref(), Some("plaid:s"));
        assert_eq!(super::super::kept_row(&told.raw).unwrap(), told);
    }

    #[test]
    fn income_names_its_security_and_moves_no_units() {
        let told = read(&row("cash", "dividend", "-8.72", "0"), Some(&fund())).unwrap();
        let trade = told.trade.unwrap();
        assert_eq!(
            (told.kind, trade.quantity, trade.price),
            (TransactionKind::Dividend, Decimal::ZERO, None)
        );
    }

    #[test]
    fn money_is_not_traded() {
        let dollars = json!({"security_id": "s", "ticker_symbol": "CUR:USD", "type": "cash"});
        let told = read(&row("cash", "deposit", "-100", "100"), Some(&dollars)).unwrap();
        assert_eq!((told.kind, told.trade, told.details.legs.len()), (TransactionKind::Deposit, None, 0));
        assert!(read(&row("fee", "account fee", "1", "0"), None).unwrap().trade.is_none());
    }

    #[test]
    fn what_takes_a_row_back_says_which() {
        let mut cancel = row("cancel", "", "0", "0");
        assert_eq!(cancels(&cancel), None);
        cancel["cancel_transaction_id"] = json!("oq99");
        assert_eq!(cancels(&cancel).as_deref(), Some("oq99"));
        assert_eq!(cancels(&row("buy", "buy", "1", "1")), None);
    }
}
