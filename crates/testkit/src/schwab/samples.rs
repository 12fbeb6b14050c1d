//! Made-up accounts and rows in Schwab's forms.

use serde_json::{Value, json};

use super::FakeAccount;

/// JSON from text, so that a number keeps the digits it is written with.
pub fn exact(text: &str) -> Value {
    serde_json::from_str(text).expect("it is JSON")
}

/// A cash account with a share, a fund of each sort and a bill, and a margin account in debt.
pub fn accounts() -> Vec<FakeAccount> {
    let cash = exact(
        r#"{"securitiesAccount": {"type": "CASH", "accountNumber": "55501234", "positions": [
            {"longQuantity": 12.5, "shortQuantity": 0.0, "averagePrice": 80.123456789012, "marketValue": 1100.0,
             "instrument": {"assetType": "EQUITY", "cusip": "000000101", "symbol": "ACME"}},
            {"longQuantity": 10.0, "shortQuantity": 0.0, "averagePrice": 50.0, "marketValue": 505.1,
             "instrument": {"assetType": "COLLECTIVE_INVESTMENT", "cusip": "000000202", "symbol": "XETF",
                "description": "EXAMPLE INDEX ETF", "type": "EXCHANGE_TRADED_FUND"}},
            {"longQuantity": 250.0, "shortQuantity": 0.0, "averagePrice": 1.0, "marketValue": 250.0,
             "instrument": {"assetType": "MUTUAL_FUND", "cusip": "000000303", "symbol": "EXMXX",
                "description": "Example Money Fund"}}],
            "currentBalances": {"cashBalance": 144.9, "liquidationValue": 1999.9999999999998,
                "longMarketValue": 1855.1, "cashAvailableForWithdrawal": 0.0}},
          "aggregatedBalance": {"currentLiquidationValue": 2000.0}}"#,
    );
    let margin = exact(
        r#"{"securitiesAccount": {"type": "MARGIN", "accountNumber": "55505678", "positions": [
            {"longQuantity": 0.0, "shortQuantity": 2.0, "averagePrice": 1.5, "marketValue": -310.0,
             "instrument": {"assetType": "OPTION", "cusip": "0ACME.XX0000000", "symbol": "ACME  270115C00090000",
                "putCall": "CALL", "underlyingSymbol": "ACME"}}],
            "currentBalances": {"cashBalance": -500.0, "liquidationValue": -810.0, "marginBalance": -500.0,
                "shortOptionMarketValue": -310.0, "availableFunds": 0.0}}}"#,
    );
    vec![
        FakeAccount {
            number: "55501234".to_owned(),
            hash: "AAAA0000000000000000000000000000000000000000000000000000000000A1".to_owned(),
            nickname: Some("Rollover IRA".to_owned()),
            entry: cash,
            transactions: vec![
                trade(70_001, "2026-10-01T14:30:00+0000", "ACME", "12.5", "80", "-1000"),
                cash_row(70_002, "2026-10-15T12:00:00+0000", "DIVIDEND_OR_INTEREST", "ACME CORP", "3.25"),
                cash_row(70_003, "2026-09-01T12:00:00+0000", "ACH_RECEIPT", "Tfr EXAMPLE BANK", "1500"),
            ],
        },
        FakeAccount {
            number: "55505678".to_owned(),
            hash: "BBBB0000000000000000000000000000000000000000000000000000000000B2".to_owned(),
            nickname: None,
            entry: margin,
            transactions: Vec::new(),
        },
    ]
}

/// A trade of a share without fees; a negative quantity is sold.
pub fn trade(id: u64, time: &str, symbol: &str, quantity: &str, price: &str, net: &str) -> Value {
    json!({
        "activityId": id, "time": time, "type": "TRADE", "status": "VALID", "subAccount": "CASH",
        "accountNumber": "55501234", "tradeDate": time, "netAmount": exact(net),
        "transferItems": [{
            "instrument": {"assetType": "EQUITY", "status": "ACTIVE", "symbol": symbol, "instrumentId": id},
            "amount": exact(quantity), "cost": exact(net), "price": exact(price), "positionEffect": "OPENING",
        }],
    })
}

/// A row that moves cash only.
pub fn cash_row(id: u64, time: &str, kind: &str, description: &str, net: &str) -> Value {
    json!({
        "activityId": id, "time": time, "type": kind, "status": "VALID", "subAccount": "CASH",
        "accountNumber": "55501234", "tradeDate": time, "description": description, "netAmount": exact(net),
        "transferItems": [{
            "instrument": {"assetType": "CURRENCY", "symbol": "CURRENCY_USD", "instrumentId": 1},
            "amount": exact(net), "cost": 0, "price": 0,
        }],
    })
}
