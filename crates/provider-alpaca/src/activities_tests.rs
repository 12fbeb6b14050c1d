//! Rows as Alpaca sends them, and as it should not.

use dashtam_domain::ledger::AssetClass;
use serde_json::json;

use super::*;

fn read(extra: Value) -> Result<PulledTransaction, String> {
    let mut row = json!({"id": "20260105000000000::a", "activity_type": "CSD", "date": "2026-01-05",
        "net_amount": "10", "status": "executed"});
    row.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    activity(&row, Currency::USD)
}

fn filled(extra: Value) -> Result<PulledTransaction, String> {
    let mut row = json!({"id": "20240624093004214::a", "activity_type": "FILL", "price": "3.8", "qty": "643",
        "side": "sell", "symbol": "AAPL", "transaction_time": "2024-06-24T13:30:04.214535Z",
        "type": "partial_fill"});
    row.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    activity(&row, Currency::USD)
}

#[test]
fn a_trade_is_quantity_times_price() {
    let sold = filled(json!({})).unwrap();
    assert_eq!(sold.amount.to_string(), "2443.4");
    assert_eq!(sold.description, "Sold 643 AAPL at 3.8");
    let trade = sold.trade.unwrap();
    assert_eq!((trade.quantity.to_string(), trade.fees), ("-643".to_owned(), None));
    let bought = filled(json!({"side": "buy", "qty": "-643"})).unwrap();
    assert_eq!(
        (bought.amount.to_string(), bought.trade.unwrap().quantity.to_string()),
        ("-2443.4".to_owned(), "643".to_owned())
    );
    assert_eq!(filled(json!({"side": "sell_short"})).unwrap().amount.to_string(), "2443.4");
    let option = filled(json!({"symbol": "AAPL240119C00100000", "qty": "2", "price": "1.05"})).unwrap();
    assert_eq!(option.amount.to_string(), "210");
    assert_eq!(option.trade.unwrap().asset_class, AssetClass::Option);
}

#[test]
fn the_day_of_a_trade_is_that_at_the_exchange() {
    let day = |id: &str, at: &str| filled(json!({"id": id, "transaction_time": at})).unwrap().day.to_string();
    assert_eq!(day("20240624203004214::a", "2024-06-25T00:30:04Z"), "2024-06-24");
    assert_eq!(day("20240624093004214::a", "2024-06-24T13:30:04Z"), "2024-06-24");
    assert_eq!(day("20200101093004214::a", "2024-06-25T00:30:04Z"), "2024-06-25");
    assert_eq!(day("a", "2024-06-25T00:30:04Z"), "2024-06-25");
}

#[test]
fn a_bad_trade_is_refused() {
    for (extra, reason) in [
        (json!({"side": "hold"}), "side is neither buy nor sell"),
        (json!({"side": null}), "side is missing"),
        (json!({"qty": "NaN"}), "qty is not a decimal number"),
        (json!({"price": {}}), "price is not a decimal number"),
        (json!({"price": null}), "price is missing"),
        (json!({"symbol": ""}), "symbol is missing"),
        (json!({"id": [1]}), "id is missing"),
        (json!({"transaction_time": "yesterday"}), "transaction_time is not a time"),
        (
            json!({"qty": "0.123456789012345678901", "price": "123456.123456789"}),
            "quantity times price has more than 28 significant digits",
        ),
        (json!({"activity_type": null}), "activity_type is missing"),
    ] {
        assert_eq!(filled(extra).unwrap_err(), reason);
    }
}

#[test]
fn other_rows_say_what_they_move() {
    let split =
        read(json!({"activity_type": "SPLIT", "symbol": "XYZ", "qty": "10", "net_amount": null})).unwrap();
    assert_eq!((split.amount, split.kind), (Decimal::ZERO, TransactionKind::Other));
    assert_eq!(split.description, "Split XYZ");
    assert_eq!(split.trade.unwrap().quantity.to_string(), "10");
    // The quantity of a dividend is what it was paid on.
    let paid =
        read(json!({"activity_type": "DIV", "symbol": "T", "qty": "2", "net_amount": "1.02"})).unwrap();
    assert_eq!((paid.amount.to_string(), paid.kind), ("1.02".to_owned(), TransactionKind::Dividend));
    assert_eq!(paid.trade.unwrap().quantity, Decimal::ZERO);
    let unknown = read(json!({"activity_type": "BRANDNEW", "description": "<b>New</b>\u{0}"})).unwrap();
    assert_eq!((unknown.kind, unknown.description.as_str()), (TransactionKind::Other, "New"));
    assert_eq!(read(json!({"activity_type": "BRANDNEW"})).unwrap().description, "Activity BRANDNEW");
    assert_eq!(read(json!({"currency": "EUR"})).unwrap().currency.as_str(), "EUR");
    assert_eq!(read(json!({"date": null})).unwrap().day.to_string(), "2026-01-05");
}

#[test]
fn a_row_that_is_taken_back_counts_no_more() {
    assert_eq!(read(json!({"status": "canceled"})).unwrap().status, TransactionStatus::Removed);
    assert_eq!(read(json!({"status": "correct"})).unwrap().status, TransactionStatus::Posted);
}

#[test]
fn bad_rows_are_refused() {
    for (extra, reason) in [
        (json!({"net_amount": null}), "net_amount is missing"),
        (json!({"net_amount": "1e99"}), "net_amount has more than 28 significant digits"),
        (json!({"net_amount": true}), "net_amount is not a decimal number"),
        (json!({"date": "2026-02-30"}), "date is not a date"),
        (json!({"date": null, "id": "x"}), "date is missing"),
        (json!({"id": "a\u{0}b"}), "id is not an id"),
        (json!({"activity_type": "JNLS", "symbol": "T", "qty": "many"}), "qty is not a decimal number"),
    ] {
        assert_eq!(read(extra).unwrap_err(), reason);
    }
}
