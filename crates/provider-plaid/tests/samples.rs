//! The answers that Plaid publishes, played by the stand-in.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

mod support;

use std::path::Path;

use dashtam_domain::{
    connections::{Changes, PulledHolding, PulledHoldings},
    ledger::{AccountKind, AssetClass, OptionRight, TransactionKind},
    money::Decimal,
};
use dashtam_testkit::plaid::{Event, FakeBank};
use serde_json::Value;
use support::{Bench, samples};

fn sample(folder: &Path, name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(folder.join(name)).unwrap()).unwrap()
}

fn rows(answer: &Value, field: &str) -> Vec<Value> {
    answer[field].as_array().unwrap().clone()
}

/// The bank of the examples, with everything in it.
fn bank(folder: &Path) -> FakeBank {
    let (sync, held) =
        (sample(folder, "transactions_sync.json"), sample(folder, "investments_holdings_get.json"));
    let (invested, owed) =
        (sample(folder, "investments_transactions_get.json"), sample(folder, "liabilities_get.json"));
    let gone = |row: Value| {
        let [account, id] =
            ["account_id", "transaction_id"].map(|field| row[field].as_str().unwrap().to_owned());
        Event::Removed(account, id)
    };
    let added = rows(&sync, "added").into_iter().map(Event::Added);
    let modified = rows(&sync, "modified").into_iter().map(Event::Modified);
    let mut accounts = rows(&owed, "accounts");
    accounts.extend(rows(&held, "accounts"));
    FakeBank {
        name: "Royal Bank of Plaid".to_owned(),
        products: ["transactions", "investments", "liabilities"].map(str::to_owned).to_vec(),
        accounts,
        events: added.chain(modified).chain(rows(&sync, "removed").into_iter().map(gone)).collect(),
        securities: rows(&invested, "securities"),
        invested: rows(&invested, "investment_transactions"),
        holdings: held,
        liabilities: owed["liabilities"].clone(),
        consent_expiration_time: None,
    }
}

#[tokio::test]
async fn every_published_row_is_read() {
    let Some(folder) = samples() else { return };
    let bench = Bench::new().await;
    let credentials = bench.linked(bank(&folder)).await;
    let told = bench.accounts(&credentials).await.unwrap();
    assert!(told.gaps.is_empty(), "{:?}", told.gaps);
    assert_eq!(told.accounts.len(), 8);
    let mortgage = told.accounts.iter().find(|account| account.name == "Plaid Mortgage").unwrap();
    assert_eq!(
        (mortgage.kind, mortgage.balance.unwrap().to_string().as_str()),
        (AccountKind::Loan, "-56302.06")
    );
    let rates: Vec<Option<String>> = told.accounts[1..4]
        .iter()
        .map(|account| account.terms.interest_rate.map(|rate| rate.to_string()))
        .collect();
    assert_eq!(rates, ["12.5", "5.25", "3.99"].map(|rate| Some(rate.to_owned())));

    let Ok(Changes::Page(page)) = bench.changes(&credentials, None).await else { panic!("no page") };
    assert!(page.refused.is_empty(), "{:?}", page.refused);
    assert_eq!((page.rows.len(), page.removed.len()), (2, 1));
    // Published amounts are positive: both leave the account.
    let sum: Decimal = page.rows.iter().map(|changed| changed.row.amount).sum();
    assert_eq!(sum.to_string(), "-100.44");
    let categories: Vec<&str> =
        page.rows.iter().map(|changed| changed.row.details.category.as_deref().unwrap()).collect();
    assert_eq!(categories, ["GENERAL_MERCHANDISE_SUPERSTORES", "FOOD_AND_DRINK_FAST_FOOD"]);
}

#[tokio::test]
async fn published_investments_are_read() {
    let Some(folder) = samples() else { return };
    let bench = Bench::new().await;
    let mut bank = bank(&folder);
    let in_time = |row: &mut Value| row["date"] = "2026-11-01".into();
    bank.invested.iter_mut().for_each(in_time);
    let credentials = bench.linked(bank).await;
    let pages = bench.listing(&credentials, None).await;
    let rows: Vec<_> = pages[1..].iter().flat_map(|page| &page.rows).map(|changed| &changed.row).collect();
    assert!(pages.iter().all(|page| page.refused.is_empty()));
    let shown: Vec<(TransactionKind, String)> =
        rows.iter().map(|row| (row.kind, row.amount.to_string())).collect();
    let expected = [
        (TransactionKind::Dividend, "8.72".to_owned()),
        (TransactionKind::Trade, "1289.01".to_owned()),
        (TransactionKind::Trade, "-7.7".to_owned()),
    ];
    assert_eq!(shown, expected);

    let mut classes = Vec::new();
    let mut money = Vec::new();
    let mut option = None;
    for account in [
        "JqMLm4rJwpF6gMPJwBqdh9ZjjPvvpDcb7kDK1",
        "k67E4xKvMlhmleEa4pg9hlwGGNnnEeixPolGm",
        "ax0xgOBYRAIqOOjeLZr0iZBb8r6K88HZXpvmq",
    ] {
        let PulledHoldings::Told { holdings, gaps } = bench.holdings(&credentials, account).await.unwrap()
        else {
            panic!("nothing is told of {account}")
        };
        assert!(gaps.is_empty(), "{gaps:?}");
        option = option.or_else(|| holdings.iter().find_map(|held| held.option.clone()));
        classes.extend(holdings.iter().map(|held| held.asset_class));
        let is_nameless = |held: &&PulledHolding| held.facts().keys().is_empty();
        money.extend(holdings.iter().filter(is_nameless).map(|held| (held.name.clone(), held.is_money)));
    }
    // Dollars are no security, in both accounts that keep some.
    assert_eq!(money, vec![(Some("U S Dollar".to_owned()), true); 2]);
    for class in [
        AssetClass::CashEquivalent,
        AssetClass::Option,
        AssetClass::Equity,
        AssetClass::Etf,
        AssetClass::MutualFund,
        AssetClass::FixedIncome,
        AssetClass::Cryptocurrency,
    ] {
        assert!(classes.contains(&class), "{class:?}");
    }
    let option = option.unwrap();
    assert_eq!((option.right, option.underlying.as_deref()), (Some(OptionRight::Call), Some("NFLX")));
    assert_eq!(option.strike.unwrap().to_string(), "355");
}

/// Two bodies that people have met, with the sense they were met in.
#[tokio::test]
async fn published_errors_are_understood() {
    let Some(folder) = samples() else { return };
    for (name, expected) in [
        ("errors/transactions_sync_mutation_during_pagination.json", Changes::Moved),
        ("errors/cursor_not_associated.json", Changes::CursorUnknown),
    ] {
        let body = sample(&folder, name);
        let bench = Bench::new().await;
        let credentials = bench.linked(bank(&folder)).await;
        let text = |field: &str| body[field].as_str().unwrap();
        bench.plaid.fail_saying(
            "/transactions/sync",
            text("error_type"),
            text("error_code"),
            text("error_message"),
        );
        assert_eq!(bench.changes(&credentials, Some("t||somewhere")).await, Ok(expected), "{name}");
    }
}
