//! What transactions of every kind are read as.

use std::collections::BTreeSet;

use dashtam_domain::{
    ledger::{TransactionKind, TransactionStatus},
    money::Decimal,
};
use dashtam_testkit::schwab::Endpoint;

use super::{HASH, Samples, decimal, put, sum};
use crate::support::{Walked, empty, setup, window};

async fn transactions(samples: &Samples, name: &str) -> Walked {
    let setup = empty().await;
    let rows = samples.json(name).as_array().unwrap().clone();
    put(&setup, &samples.json("account_cash_minimal.json"), rows);
    setup.walk(HASH, window("2024-01-01", "2026-11-23")).await.unwrap()
}

/// Day, amount, kind, and of a trade its symbol, quantity, price and fees.
fn shown(walked: &Walked) -> Vec<String> {
    let mut rows: Vec<_> = walked.rows.iter().collect();
    rows.sort_by(|a, b| a.external_id.cmp(&b.external_id));
    rows.iter()
        .map(|row| {
            let mut shown = format!("{} {} {}", row.day, row.amount, row.kind.as_str());
            if let Some(trade) = &row.trade {
                let text = |value: Option<Decimal>| value.map_or("-".to_owned(), |value| value.to_string());
                let symbol = trade.symbol.as_deref().unwrap_or("-");
                shown += &format!(
                    " {symbol} {} @{} fees {} {}",
                    trade.quantity,
                    text(trade.price),
                    text(trade.fees),
                    trade.asset_class.as_str()
                );
            }
            if row.status != TransactionStatus::Posted {
                shown += " ";
                shown += row.status.as_str();
            }
            shown
        })
        .collect()
}

#[tokio::test]
async fn trades() {
    let Some(samples) = Samples::open() else { return };
    let walked = transactions(&samples, "composed/transactions_trades_equity_fund_bond.json").await;
    assert_eq!(
        shown(&walked),
        [
            "2026-03-16 228.86 trade LIMN -950 @0.2411 fees 0.19 equity",
            "2026-04-30 -2.72 trade JPM 0.0087 @312.65 fees - equity",
            "2026-03-06 1530.15 trade GDX -15 @102.01 fees 0.00 etf",
            "2026-05-20 -1000.00 trade SWPPX 66.1376 @15.12 fees - mutual_fund pending",
            "2026-05-22 -9912.34 trade 912797AB1 10000 @99.1234 fees - fixed_income",
        ]
    );
    // What every leg cost is what the account paid or got.
    for row in samples.json("composed/transactions_trades_equity_fund_bond.json").as_array().unwrap() {
        let legs = row["transferItems"].as_array().unwrap().iter();
        let cost = sum(legs.map(|leg| decimal(&leg["cost"].to_string())));
        let id = row["activityId"].to_string();
        let read = walked.rows.iter().find(|one| one.external_id == id).unwrap();
        assert_eq!(read.amount, cost, "{id}");
    }
    let texts: BTreeSet<_> = walked.rows.iter().map(|row| row.description.as_str()).collect();
    assert!(texts.contains("JPMORGAN CHASE & CO") && texts.contains("Sold 950 LIMN"), "{texts:?}");
}

#[tokio::test]
async fn cash_events() {
    let Some(samples) = Samples::open() else { return };
    let walked = transactions(&samples, "composed/transactions_cash_events.json").await;
    assert_eq!(
        shown(&walked),
        [
            "2026-04-01 22.31 dividend",
            "2026-04-01 -2.23 fee",
            "2026-04-16 0.07 interest",
            "2026-04-29 -18.95 interest",
            "2026-05-04 1000.00 deposit",
            "2026-05-06 -250.00 withdrawal",
            "2026-05-07 -5000.00 withdrawal",
            "2026-05-08 0.00 other",
        ]
    );
    assert_eq!(sum(walked.rows.iter().map(|row| row.amount)), decimal("-4248.80"));
    assert!(walked.rows.iter().all(|row| row.trade.is_none()), "a dividend has no symbol");
}

#[tokio::test]
async fn expiration_and_transfer_in_kind() {
    let Some(samples) = Samples::open() else { return };
    let walked = transactions(&samples, "composed/transactions_option_lifecycle.json").await;
    assert_eq!(
        shown(&walked),
        [
            "2026-09-19 0.00 other SPY   260918P00580000 2 @0 fees - option",
            "2025-01-27 0.00 transfer AAPL 25 @- fees - equity",
        ]
    );
}

#[tokio::test]
async fn legs_that_do_not_add_up_leave_the_amount() {
    let Some(samples) = Samples::open() else { return };
    let walked = transactions(&samples, "transactions_option_vertical.json").await;
    assert_eq!(
        shown(&walked),
        [
            "2025-01-17 -1215.95 trade MRVL  250321C00155000 -1 @2.06 fees 0.95 option",
            "2025-01-17 854.95 trade MRVL  250321C00170000 1 @0.86 fees 0.95 option",
        ]
    );
}

#[tokio::test]
async fn other_rows() {
    let Some(samples) = Samples::open() else { return };
    let walked = transactions(&samples, "transactions_list_minimal.json").await;
    assert_eq!(shown(&walked), ["2024-01-15 -1453.20 trade"]);
    let walked = transactions(&samples, "transaction_equity_sale_four_fee_legs.json").await;
    // Midnight UTC is the evening before in New York.
    assert_eq!(shown(&walked), ["2025-01-01 0.00 trade NET 0 @0 fees 0.00 equity"]);
    // A row without a date and an amount is no transaction, and is refused as such.
    let walked = transactions(&samples, "transaction_get_as_array.json").await;
    assert!(walked.rows.is_empty());
    assert_eq!(walked.refused[0].external_id.as_deref(), Some("1111111111"));
}

#[tokio::test]
async fn the_types_asked_for_are_those_of_the_specification() {
    let Some(samples) = Samples::open() else { return };
    let specification = samples.json("trader_api.openapi.json");
    let types = &specification["components"]["schemas"]["TransactionType"]["enum"];
    let known: BTreeSet<String> =
        types.as_array().unwrap().iter().map(|kind| kind.as_str().unwrap().to_owned()).collect();
    let setup = setup().await;
    setup.walk(HASH, window("2026-11-20", "2026-11-22")).await.unwrap_err();
    let call = setup.fake.calls().into_iter().find(|call| call.endpoint == Endpoint::Transactions).unwrap();
    let asked: BTreeSet<String> = call.parameter("types").unwrap().split(',').map(str::to_owned).collect();
    assert_eq!(asked, known);
    assert_eq!(TransactionKind::Trade.as_str(), "trade");
}
