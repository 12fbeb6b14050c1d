//! Transactions of bank and card accounts.

use dashtam_domain::{
    connections::PulledTransaction,
    ledger::{TransactionDetails, TransactionKind, TransactionStatus},
    money::Decimal,
    time::Timestamp,
};
use dashtam_provider_kit::{
    clean_code,
    lenient::{required_day, required_decimal, text},
};
use serde_json::Value;

use super::{DESCRIPTION, currency, id, words};

/// Reads a row. Plaid counts what leaves the account as positive: here, and for investments next door, the sign is turned.
pub(crate) fn read(row: &Value) -> Result<PulledTransaction, String> {
    let amount = -required_decimal(row, "amount")?;
    let pending = row.get("pending").and_then(Value::as_bool).ok_or("pending is missing")?;
    let instant = |field| text(row, field).and_then(|at| Timestamp::parse(&at));
    let category = row.get("personal_finance_category").and_then(|category| {
        let told = text(category, "detailed").or_else(|| text(category, "primary"))?;
        Some(clean(&told))
    });
    let [name, payee, original] =
        ["name", "merchant_name", "original_description"].map(|field| words(row, field, DESCRIPTION));
    let shown = name.or_else(|| original.clone()).or_else(|| payee.clone()).unwrap_or_default();
    // What is shown already is not said twice.
    let [payee, memo] = [payee, original].map(|words| words.filter(|words| *words != shown));
    Ok(PulledTransaction {
        external_id: id(row, "transaction_id")?,
        replaces: id(row, "pending_transaction_id").ok().filter(|_| !pending),
        day: required_day(row, "date")?,
        occurred_at: instant("datetime").or_else(|| instant("authorized_datetime")),
        amount,
        currency: currency(row)?,
        description: shown,
        kind: kind(row, category.as_deref().unwrap_or_default(), amount),
        status: if pending { TransactionStatus::Pending } else { TransactionStatus::Posted },
        memo,
        trade: None,
        details: TransactionDetails { payee, category, ..TransactionDetails::default() },
        raw: row.clone().into(),
    })
}

/// A code of Plaid's, which are of capital letters and longer than most.
fn clean(code: &str) -> String {
    code.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(100).collect()
}

/// What sort of transaction, by Plaid's code for it, which few banks give, or by what it was for.
fn kind(row: &Value, category: &str, amount: Decimal) -> TransactionKind {
    let out = amount.is_sign_negative();
    let by_code =
        match clean_code(&text(row, "transaction_code").unwrap_or_default().replace(' ', "_")).as_str() {
            "atm" | "cash" => Some(TransactionKind::Cash),
            "bank_charge" => Some(TransactionKind::Fee),
            "bill_payment" => Some(TransactionKind::Payment),
            "cheque" => Some(TransactionKind::Check),
            "direct_debit" => Some(TransactionKind::DirectDebit),
            "interest" => Some(TransactionKind::Interest),
            "purchase" => Some(TransactionKind::PointOfSale),
            "standing_order" => Some(TransactionKind::StandingOrder),
            "transfer" => Some(TransactionKind::Transfer),
            _ => None,
        };
    if let Some(kind) = by_code {
        return kind;
    }
    if text(row, "check_number").is_some() {
        return TransactionKind::Check;
    }
    match category {
        "INCOME_DIVIDENDS" => TransactionKind::Dividend,
        "INCOME_INTEREST_EARNED" | "BANK_FEES_INTEREST_CHARGE" => TransactionKind::Interest,
        "INCOME_WAGES" | "INCOME_SALARY" if !out => TransactionKind::DirectDeposit,
        "TRANSFER_IN_DEPOSIT" => TransactionKind::Deposit,
        "TRANSFER_OUT_WITHDRAWAL" => TransactionKind::Withdrawal,
        fee if fee.starts_with("BANK_FEES") && out => TransactionKind::Fee,
        transfer if transfer.starts_with("TRANSFER_") => TransactionKind::Transfer,
        payment if payment.starts_with("LOAN_PAYMENTS") => TransactionKind::Payment,
        _ if text(row, "payment_channel").as_deref() == Some("in store") && out => {
            TransactionKind::PointOfSale
        }
        _ if amount.is_zero() => TransactionKind::Other,
        _ if out => TransactionKind::Debit,
        _ => TransactionKind::Credit,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row() -> Value {
        json!({"transaction_id": "lPNj", "account_id": "BxBX", "amount": 72.10, "iso_currency_code": "USD",
            "date": "2023-09-24", "datetime": "2023-09-24T11:01:01Z", "name": "PURCHASE WM SUPERCENTER #1700",
            "merchant_name": "Walmart", "pending": false, "pending_transaction_id": "no86",
            "payment_channel": "in store",
            "personal_finance_category": {"primary": "GENERAL_MERCHANDISE", "detailed": "GENERAL_MERCHANDISE_SUPERSTORES"}})
    }

    fn with(fields: Value) -> PulledTransaction {
        let mut row = row();
        row.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        read(&row).unwrap()
    }

    #[test]
    fn what_leaves_the_account_is_below_zero() {
        let told = with(json!({}));
        assert_eq!((told.amount.to_string().as_str(), told.kind), ("-72.1", TransactionKind::PointOfSale));
        assert_eq!(told.replaces.as_deref(), Some("no86"));
        assert_eq!(told.details.payee.as_deref(), Some("Walmart"));
        assert_eq!(told.details.category.as_deref(), Some("GENERAL_MERCHANDISE_SUPERSTORES"));
        assert_eq!(read(&told.raw).unwrap(), told);
        let back = with(json!({"amount": -4.22}));
        assert_eq!((back.amount.to_string().as_str(), back.kind), ("4.22", TransactionKind::Credit));
    }

    #[test]
    fn only_what_is_booked_takes_the_place_of_something() {
        let told = with(json!({"pending": true}));
        assert_eq!((told.status, told.replaces), (TransactionStatus::Pending, None));
    }

    #[test]
    fn digits_are_those_of_the_text() {
        let mut exact = row();
        exact["amount"] = serde_json::from_str("0.1000000000000000000000000001").unwrap();
        assert_eq!(read(&exact).unwrap().amount.to_string(), "-0.1000000000000000000000000001");
    }

    #[test]
    fn sorts_follow_codes_and_categories() {
        let of = |category: &str, amount: i64| {
            with(json!({"amount": amount, "payment_channel": "online",
                "personal_finance_category": {"detailed": category}}))
            .kind
        };
        assert_eq!(of("INCOME_WAGES", -1), TransactionKind::DirectDeposit);
        assert_eq!(of("BANK_FEES_OVERDRAFT_FEES", 1), TransactionKind::Fee);
        assert_eq!(of("TRANSFER_OUT_ACCOUNT_TRANSFER", 1), TransactionKind::Transfer);
        assert_eq!(of("LOAN_PAYMENTS_CREDIT_CARD_PAYMENT", 1), TransactionKind::Payment);
        assert_eq!(of("FOOD_AND_DRINK_FAST_FOOD", 1), TransactionKind::Debit);
        assert_eq!(of("OF_A_LATER_DAY", 0), TransactionKind::Other);
        assert_eq!(with(json!({"transaction_code": "standing order"})).kind, TransactionKind::StandingOrder);
        assert_eq!(with(json!({"check_number": "100"})).kind, TransactionKind::Check);
    }

    #[test]
    fn reasons_name_fields() {
        for (field, value, reason) in [
            ("transaction_id", Value::Null, "transaction_id is missing"),
            ("amount", json!("1,5"), "amount is not a decimal number"),
            ("date", json!("soon"), "date is not a date"),
            ("pending", Value::Null, "pending is missing"),
            ("iso_currency_code", Value::Null, "iso_currency_code is missing"),
        ] {
            let mut row = row();
            row[field] = value;
            let said = read(&row).unwrap_err();
            assert!(said == reason || (field == "amount" && said.starts_with("amount ")), "{said}");
        }
    }
}
