//! Made-up accounts and rows in Plaid's forms.

use serde_json::{Value, json};

use super::{Event, FakeBank};

/// JSON from text, so that a number keeps the digits it is written with.
fn exact(text: &str) -> Value {
    serde_json::from_str(text).expect("it is JSON")
}

/// A current account, a card, and an account with a fund; three transactions, one of them pending.
pub fn bank() -> FakeBank {
    FakeBank {
        name: "First Platypus Bank".to_owned(),
        products: ["transactions", "investments", "liabilities"].map(str::to_owned).to_vec(),
        accounts: vec![
            account("checking1", "Platypus Checking", "depository", "checking", "1203.42"),
            account("card1", "Platypus Card", "credit", "credit card", "410"),
            account("broker1", "Platypus Investing", "investment", "brokerage", "636.309"),
        ],
        events: vec![
            Event::Added(row("t1", "checking1", "2026-10-01", "72.10", "Groceries")),
            Event::Added(row("t2", "checking1", "2026-10-02", "-1500", "Salary")),
            Event::Added(pending("p1", "card1", "2026-10-03", "5.40", "Coffee")),
        ],
        holdings: json!({
            "holdings": [{"account_id": "broker1", "security_id": "sec1", "quantity": exact("23.567"),
                "institution_price": 27, "institution_value": exact("636.309"), "cost_basis": exact("500.25"),
                "institution_price_as_of": "2026-10-02", "iso_currency_code": "USD"}],
            "securities": [fund()],
        }),
        securities: vec![fund()],
        invested: vec![
            json!({"investment_transaction_id": "i1", "account_id": "broker1", "security_id": "sec1",
            "date": "2026-09-15", "name": "BUY Example Fund", "type": "buy", "subtype": "buy",
            "amount": exact("500.25"), "quantity": exact("23.567"), "price": exact("21.2267"), "fees": 0,
            "iso_currency_code": "USD", "cancel_transaction_id": null}),
        ],
        liabilities: json!({"credit": [{"account_id": "card1", "aprs": [
            {"apr_percentage": exact("27.95"), "apr_type": "cash_apr"},
            {"apr_percentage": exact("12.5"), "apr_type": "purchase_apr"}]}], "mortgage": null, "student": null}),
        consent_expiration_time: None,
    }
}

fn fund() -> Value {
    json!({"security_id": "sec1", "ticker_symbol": "EXMPX", "name": "Example Fund", "type": "mutual fund",
        "is_cash_equivalent": false, "isin": null, "cusip": null, "iso_currency_code": "USD"})
}

/// An account; what is owed on it is positive.
pub fn account(id: &str, name: &str, kind: &str, subtype: &str, current: &str) -> Value {
    json!({"account_id": id, "name": name, "official_name": null, "mask": "0000", "type": kind, "subtype": subtype,
        "balances": {"available": null, "current": exact(current), "limit": if kind == "credit" { json!(2000) } else { Value::Null },
            "iso_currency_code": "USD", "unofficial_currency_code": null}})
}

/// A booked row; positive is what leaves the account.
pub fn row(id: &str, account: &str, date: &str, amount: &str, name: &str) -> Value {
    json!({"transaction_id": id, "account_id": account, "date": date, "amount": exact(amount), "name": name,
        "merchant_name": null, "pending": false, "pending_transaction_id": null, "iso_currency_code": "USD",
        "unofficial_currency_code": null, "payment_channel": "online", "original_description": null,
        "personal_finance_category": null, "check_number": null, "transaction_code": null})
}

/// A row that is announced.
pub fn pending(id: &str, account: &str, date: &str, amount: &str, name: &str) -> Value {
    let mut row = row(id, account, date, amount, name);
    row["pending"] = true.into();
    row
}

/// A booked row that takes the place of an announced one.
pub fn booked(id: &str, before: &str, account: &str, date: &str, amount: &str, name: &str) -> Value {
    let mut row = row(id, account, date, amount, name);
    row["pending_transaction_id"] = before.into();
    row
}
