//! Reads sample files of Alpaca, which are not part of this repository.
//!
//! `DASHTAM_SAMPLES` names their folder; without it, `../shared/fixtures` beside the repository is tried.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests say what they skip, and fail by panicking"
)]

mod support;

use std::fs;

use dashtam_domain::money::{Decimal, exact_decimal};
use support::{ACCOUNT, Bench, json, samples};

/// The sample, if it is there.
fn sample(name: &str) -> Option<String> {
    let text = fs::read_to_string(samples()?.join(name)).ok();
    if text.is_none() {
        println!("skipped: {name} is not there");
    }
    text
}

/// What the activities come to, counted in the text itself: what was paid and got for trades, and net amounts.
fn counted(text: &str) -> Decimal {
    let rows: Vec<serde_json::Value> = serde_json::from_str(text).unwrap();
    let figure = |row: &serde_json::Value, field: &str| {
        row.get(field).map_or(Decimal::ZERO, |value| match value {
            serde_json::Value::String(text) => exact_decimal(text).unwrap(),
            other => exact_decimal(&other.to_string()).unwrap(),
        })
    };
    let amount = |row: &serde_json::Value| match row["activity_type"].as_str() {
        Some("FILL") => {
            // The symbol of an option ends in its day, its right and its strike; it stands for a hundred shares.
            let option = row["symbol"].as_str().is_some_and(|symbol| symbol.len() > 15);
            let worth =
                figure(row, "qty").abs() * figure(row, "price") * Decimal::from(if option { 100 } else { 1 });
            if row["side"] == "buy" { -worth } else { worth }
        }
        _ => figure(row, "net_amount"),
    };
    rows.iter().map(amount).sum()
}

#[tokio::test]
async fn every_sample_is_read_or_refused_with_a_reason() {
    let Some(folder) = samples() else { return };
    let mut names: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.retain(|path| path.extension().is_some_and(|end| end == "json"));
    names.sort();
    assert!(!names.is_empty());
    for path in names {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).unwrap();
        let bench = Bench::new().await;
        if name.contains("account") && !text.trim_start().starts_with('[') {
            bench.answers("/v2/account", json(text)).await;
            let account = bench.accounts().await.unwrap().remove(0);
            println!("{name}: balance {:?}, available {:?}", account.balance, account.available);
            continue;
        }
        bench.answers("/v2/account", json(ACCOUNT)).await;
        if name.contains("position") {
            let rows = serde_json::from_str::<Vec<serde_json::Value>>(&text).unwrap().len();
            bench.answers("/v2/positions", json(text)).await;
            let holdings = bench.holdings().await.unwrap();
            assert_eq!(holdings.len(), rows, "{name}");
            println!("{name}: {rows} positions");
        } else if name.contains("activit") {
            let text = if text.trim_start().starts_with('[') { text } else { format!("[{text}]") };
            let sent = text.clone();
            bench.answers("/v2/account/activities", json(text)).await;
            let page = bench.transactions(None).await.unwrap();
            assert_eq!(page.refused, [], "{name}");
            let sum: Decimal = page.rows.iter().map(|row| row.amount).sum();
            assert_eq!(sum, counted(&sent), "{name}");
            for row in &page.rows {
                let total = row.details.legs_total().unwrap_or_default();
                assert_eq!(total, row.amount, "{name}: {}: legs add up", row.external_id);
            }
            println!("{name}: {} activities, {sum}", page.rows.len());
        } else {
            println!("{name}: not something this adapter asks for");
        }
    }
}

#[tokio::test]
async fn both_forms_of_the_account_are_read() {
    for (name, mask) in [("account.json", "****ABCD"), ("composed_account_after_2026-07-06.json", "****QUIR")]
    {
        let Some(text) = sample(name) else { continue };
        let bench = Bench::new().await;
        bench.answers("/v2/account", json(text)).await;
        let account = bench.accounts().await.unwrap().remove(0);
        assert_eq!(account.external_id, "e6fe16f3-64a4-4921-8928-cadf02f92f98", "{name}");
        assert_eq!(account.balance.unwrap().to_string(), "103820.56", "{name}");
        assert_eq!(account.available.unwrap().to_string(), "-23140.2", "{name}");
        assert_eq!(account.mask.as_deref(), Some(mask), "{name}");
    }
}

#[tokio::test]
async fn positions_keep_every_digit() {
    for (name, expected) in [
        (
            "positions_crypto_long_decimals.json",
            ("BTC/USD", "cryptocurrency", "2.61937", "19444", "50931.03028", "51498.3174"),
        ),
        ("positions_equity_with_usd_block.json", ("AAPL", "equity", "5", "120.0", "600.0", "500.0")),
    ] {
        let Some(text) = sample(name) else { continue };
        let bench = Bench::new().await;
        bench.answers("/v2/account", json(ACCOUNT)).await;
        bench.answers("/v2/positions", json(text)).await;
        let held = bench.holdings().await.unwrap().remove(0);
        let text = |figure: Option<Decimal>| figure.unwrap().to_string();
        let figures = (text(held.price), text(held.market_value), text(held.cost_basis));
        let read =
            (held.symbol.as_deref().unwrap(), held.asset_class.as_str(), held.quantity.to_string(), figures);
        let (symbol, class, quantity, price, value, cost) = expected;
        let figures = (price.to_owned(), value.to_owned(), cost.to_owned());
        assert_eq!(read, (symbol, class, quantity.to_owned(), figures), "{name}");
        assert_eq!(held.external_id, "904837e3-3b76-47ec-b432-046db621571b", "{name}");
    }
}

#[tokio::test]
async fn activities_come_to_the_known_sums() {
    for (name, kinds, sum) in [
        ("activities_mixed.json", "dividend dividend trade", "2449.42"),
        ("activity_fill.json", "trade", "-1.63"),
        (
            "composed_activities_cash_and_corporate.json",
            "deposit withdrawal interest fee fee other transfer other",
            "851.16",
        ),
    ] {
        let Some(text) = sample(name) else { continue };
        let text = if text.trim_start().starts_with('[') { text } else { format!("[{text}]") };
        let bench = Bench::new().await;
        bench.answers("/v2/account", json(ACCOUNT)).await;
        bench.answers("/v2/account/activities", json(text)).await;
        let page = bench.transactions(None).await.unwrap();
        assert_eq!((page.refused.len(), page.next), (0, None), "{name}");
        let read: Vec<_> = page.rows.iter().map(|row| row.kind.as_str()).collect();
        assert_eq!(read.join(" "), kinds, "{name}");
        let total: Decimal = page.rows.iter().map(|row| row.amount).sum();
        assert_eq!(total.normalize().to_string(), sum, "{name}");
    }
}
