//! Rows as servers send them, and as they should not.

use serde_json::json;

use super::*;

fn today() -> Day {
    Day::parse("2026-03-03").unwrap()
}

fn transaction_of(row: &Value) -> Result<PulledTransaction, String> {
    transaction(row, Currency::USD, today())
}

#[test]
fn ids_are_unique_across_institutions() {
    for (row, id) in [
        (json!({"id": "1", "conn_id": "CON-1", "org": {"domain": "a.example"}}), "CON-1|1"),
        (json!({"id": "1", "org": {"domain": "a.example", "id": "A"}}), "a.example|1"),
        (json!({"id": 1, "org": {"id": "A"}}), "A|1"),
        (json!({"id": "1", "org": {"name": "Chase"}}), "Chase|1"),
        (json!({"id": "1"}), "|1"),
        (json!({"id": "b|c", "conn_id": "a|%"}), "a%7C%25|b|c"),
    ] {
        assert_eq!(account_id(&row).as_deref(), Ok(id));
    }
    assert_eq!(server_id("a%7C%25|b|c"), "b|c");
    assert_eq!(server_id("|1"), "1");
    for row in [json!({}), json!({"id": {}}), json!({"id": "a\u{0}b"}), json!({"id": "x".repeat(201)})] {
        assert!(account_id(&row).is_err(), "{row}");
    }
}

#[test]
fn a_custom_currency_is_not_money() {
    let mut row = json!({"id": "1", "currency": "https://www.example.com/flight-miles", "balance": "1"});
    assert_eq!(account(&row, &[]).unwrap_err(), "currency must be a three-letter ISO 4217 currency code");
    row["currency"] = json!("eur");
    assert_eq!(account(&row, &[]).unwrap().currency.as_str(), "EUR");
}

#[test]
fn an_account_outlives_a_bad_balance() {
    let row = json!({"id": "1", "currency": "USD", "name": "<i>Pot</i>\u{0}", "balance": "NaN",
        "available-balance": [], "balance-date": "soon"});
    let account = account(&row, &[]).unwrap();
    assert_eq!(account.name, "Pot");
    assert_eq!((account.balance, account.available, account.as_of), (None, None, None));
}

#[test]
fn pending_is_a_flag_or_a_missing_day_of_posting() {
    let base = |extra: Value| {
        let mut row = json!({"id": "1", "amount": "-1.00", "description": "x"});
        row.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        transaction_of(&row).map(|row| (row.status.as_str(), row.day.to_string()))
    };
    let at = 1_772_406_000; // 2026-03-01T23:00:00Z
    for (row, status, day) in [
        (json!({"posted": at}), "posted", "2026-03-01"),
        (json!({"posted": at.to_string(), "pending": false}), "posted", "2026-03-01"),
        (json!({"posted": at, "transacted_at": at - 86_400}), "posted", "2026-03-01"),
        (json!({"posted": 0, "transacted_at": at}), "pending", "2026-03-01"),
        (json!({"posted": 0}), "pending", "2026-03-03"),
        (json!({"pending": true}), "pending", "2026-03-03"),
        (json!({"posted": at, "pending": true}), "pending", "2026-03-01"),
        (json!({"posted": at, "pending": "true"}), "pending", "2026-03-01"),
    ] {
        assert_eq!(base(row.clone()), Ok((status, day.to_owned())), "{row}");
    }
    assert_eq!(base(json!({})), Err("posted is missing".to_owned()));
    assert_eq!(base(json!({"posted": "NaN"})), Err("posted is not a decimal number".to_owned()));
    for far in [json!(9_999_999_999_999_i64), json!("1e28"), json!("79228162514264337593543950335")] {
        assert_eq!(base(json!({"posted": far})), Err("posted is not a time".to_owned()));
    }
}

#[test]
fn amounts_are_exact_or_refused() {
    let amount = |text: Value| {
        transaction_of(&json!({"id": "1", "posted": 1_772_406_000, "amount": text}))
            .map(|row| (row.amount.to_string(), row.kind.as_str()))
    };
    assert_eq!(amount(json!("-33293.43")), Ok(("-33293.43".to_owned(), "debit")));
    assert_eq!(amount(json!("3000")), Ok(("3000".to_owned(), "credit")));
    assert_eq!(amount(json!("0.00")), Ok(("0.00".to_owned(), "other")));
    for bad in [json!("NaN"), json!("1,50"), json!(""), json!(null), json!(true), json!([1]), json!("1e99")] {
        assert!(amount(bad.clone()).is_err(), "{bad}");
    }
}

#[test]
fn the_text_is_the_description_else_the_payee_else_the_memo() {
    let said = |extra: Value| {
        let mut row = json!({"id": "1", "posted": 1_772_406_000, "amount": "1"});
        row.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        transaction_of(&row).unwrap().description
    };
    assert_eq!(said(json!({"description": "A <b>B</b>", "payee": "P", "memo": "M"})), "A B");
    assert_eq!(said(json!({"description": " ", "payee": "P\u{0}", "memo": "M"})), "P");
    assert_eq!(said(json!({"description": "<br>", "payee": "", "memo": "M"})), "M");
    assert_eq!(said(json!({})), "");
    assert_eq!(said(json!({"description": "x".repeat(9_999)})).len(), DESCRIPTION);
}

#[test]
fn positions_take_over_the_account_s_currency_and_one_bad_row_costs_only_itself() {
    let account = json!({"id": "1", "currency": "EUR", "balance-date": 1_772_409_600, "holdings": [
        {"id": "a", "symbol": "VTI", "description": "Vanguard Total Market ETF", "shares": "20",
         "cost_basis": "4000.00", "market_value": "5000.00", "currency": ""},
        {"id": "b", "shares": "many", "currency": "USD"},
        {"id": "c", "shares": 1.5, "currency": "USD", "market_value": "NaN"},
        {"id": "d", "shares": "1", "currency": "https://example.com/miles"},
        {"id": "a", "shares": "9"},
        {"symbol": "GLD", "shares": "-2"},
        {"shares": "2"},
        "row", null,
    ]});
    let holdings = holdings(&account).unwrap().0;
    let ids: Vec<_> = holdings.iter().map(|holding| holding.external_id.as_str()).collect();
    assert_eq!(ids, ["a", "c", "GLD"]);
    assert_eq!(holdings[0].currency.as_str(), "EUR");
    assert_eq!(holdings[0].cost_basis.unwrap().to_string(), "4000.00");
    assert_eq!(holdings[0].asset_class, AssetClass::Etf);
    assert_eq!(holdings[0].as_of.unwrap().to_string(), "2026-03-02T00:00:00.000000Z");
    assert_eq!((holdings[1].quantity.to_string(), holdings[1].market_value), ("1.5".to_owned(), None));
    assert_eq!(holdings[2].quantity.to_string(), "-2");
}

#[test]
fn what_is_kept_of_many_accounts_is_no_longer_than_what_was_sent() {
    let long = "x".repeat(100_000);
    let connection = |number: usize| {
        json!({"conn_id": format!("C{number}"), "org_name": format!("Bank {number}"), "org_url": "https://a.example",
            "name": &long, "extra": {"more": &long}})
    };
    let connections: Vec<Value> = (0..20).map(connection).collect();
    let row = json!({"id": "1", "conn_id": "C7", "currency": "USD", "balance": "1.50", "balance-date": 1_772_406_000,
        "transactions": [{"id": &long}], "holdings": [{"id": "h", "shares": "1"}, {"id": &long}]});
    let read = account(&row, &connections).unwrap();
    assert_eq!(read.institution.as_ref().unwrap().name, "Bank 7");
    assert!(read.raw.to_string().len() < 2_000, "{}", read.raw.to_string().len());
    assert_eq!(kept_account(&read.raw), Ok(read), "it is read as it was");

    let rows: Vec<Value> =
        (0..50).map(|id| json!({"id": id.to_string(), "currency": "EUR", "shares": "1"})).collect();
    let odd = json!({"currency": &long, "balance-date": {"x": &long}, "holdings": rows});
    for row in [odd, json!({"currency": "USD", "balance-date": "1772406000.5", "holdings": rows})] {
        for held in holdings(&row).unwrap().0 {
            assert!(held.raw.to_string().len() < 200, "{}", held.raw.to_string().len());
            assert_eq!(kept_holding(&held.raw), Ok(held), "it is read as it was");
        }
    }
}
