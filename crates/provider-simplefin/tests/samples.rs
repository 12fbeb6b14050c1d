//! Reads sample files of real servers, which are not part of this repository.
//!
//! `DASHTAM_SAMPLES` names their folder; without it, `../shared/fixtures` beside the repository is tried.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests say what they skip, and fail by panicking"
)]

mod support;

use std::fs;

use dashtam_domain::{
    connections::{ProviderError, PulledAccount, PulledHolding, PulledTransaction},
    money::{Decimal, exact_decimal},
};
use support::{Bench, days, samples};
use wiremock::ResponseTemplate;

type Read = (Vec<PulledAccount>, Vec<PulledTransaction>, Vec<PulledHolding>);

/// Accounts, sum of their balances, transactions, their sum, positions, sum of their costs.
type Figures = (usize, &'static str, usize, &'static str, usize, &'static str);

/// Everything a server says that always answers with this file.
async fn read(bench: &Bench, status: u16, body: Vec<u8>) -> Result<Read, ProviderError> {
    bench.again().await;
    bench.answers(ResponseTemplate::new(status).set_body_bytes(body)).await;
    let (mut rows, mut holdings) = (Vec::new(), Vec::new());
    let accounts = bench.accounts().await?;
    for account in &accounts {
        let window = days("2026-02-21", "2026-03-04");
        let page = bench.transactions(&account.external_id, window, None).await?;
        assert_eq!(page.refused, []);
        rows.extend(page.rows);
        holdings.extend(bench.holdings(&account.external_id).await?);
    }
    Ok((accounts, rows, holdings))
}

/// Accounts in real money, their transactions, the sum of those and their positions, counted in the text itself.
fn counted(text: &str) -> (usize, usize, Decimal, usize) {
    let set: serde_json::Value = serde_json::from_str(text).unwrap();
    let none = Vec::new();
    let money = |row: &&serde_json::Value| {
        row["currency"]
            .as_str()
            .is_some_and(|code| code.len() == 3 && code.bytes().all(|b| b.is_ascii_alphabetic()))
    };
    let accounts: Vec<_> = set["accounts"].as_array().unwrap_or(&none).iter().filter(money).collect();
    let rows: Vec<_> =
        accounts.iter().flat_map(|account| account["transactions"].as_array().unwrap_or(&none)).collect();
    let sum = rows.iter().map(|row| exact_decimal(row["amount"].as_str().unwrap()).unwrap()).sum();
    let holdings = accounts.iter().map(|account| account["holdings"].as_array().unwrap_or(&none).len()).sum();
    (accounts.len(), rows.len(), sum, holdings)
}

/// By the name of a sample: the status it came with.
fn status(name: &str) -> u16 {
    let number = name.split('_').nth(1).and_then(|word| word.parse().ok());
    number.filter(|number| (200..600).contains(number)).unwrap_or(200)
}

#[tokio::test]
async fn every_sample_is_read_or_refused_with_a_reason() {
    let Some(folder) = samples() else { return };
    let bench = Bench::new().await;
    let mut names: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.retain(|path| path.extension().is_some_and(|end| end == "json" || end == "html"));
    names.sort();
    assert!(!names.is_empty());
    for path in names {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        match read(&bench, status(&name), fs::read(&path).unwrap()).await {
            Ok((accounts, rows, holdings)) => {
                let sum: Decimal = rows.iter().map(|row| row.amount).sum();
                let read = (accounts.len(), rows.len(), sum, holdings.len());
                assert_eq!(read, counted(&fs::read_to_string(&path).unwrap()), "{name}");
                for row in &rows {
                    let kept =
                        [Some(row.description.as_str()), row.memo.as_deref(), row.details.payee.as_deref()];
                    for field in ["description", "payee", "memo"] {
                        let said = row.raw.get(field).and_then(serde_json::Value::as_str);
                        let said = said.filter(|said| !said.trim().is_empty() && !said.contains(['<', '&']));
                        assert!(
                            said.is_none_or(|said| kept.contains(&Some(said.trim()))),
                            "{name}: {field} is lost"
                        );
                    }
                }
                println!(
                    "{name}: {} accounts, {} rows ({sum}), {} positions",
                    accounts.len(),
                    rows.len(),
                    holdings.len()
                );
            }
            Err(error) => {
                assert!(status(&name) != 200, "{name}: {error}");
                println!("{name}: {error}");
            }
        }
    }
}

#[tokio::test]
async fn known_samples_give_the_known_figures() {
    let Some(folder) = samples() else { return };
    let bench = Bench::new().await;
    let expected: &[(&str, Figures)] = &[
        ("composed_v1_custom_currency.json", (0, "0", 0, "0", 0, "0")),
        ("composed_v1_pending_day1.json", (1, "-62.50", 2, "-62.50", 0, "0")),
        ("composed_v1_pending_day2.json", (1, "-72.50", 2, "-72.50", 0, "0")),
        ("composed_v2_con_auth_and_v1_errors.json", (1, "100.23", 0, "0", 0, "0")),
        ("v1_200_with_errors.json", (8, "1060546.53", 1, "-1234.56", 2, "17500.00")),
        ("v1_account_set.json", (1, "100.23", 1, "-33293.43", 0, "0")),
        ("v1_brokerages_with_holdings.json", (3, "64500.00", 0, "0", 3, "9800.00")),
        ("v1_pending_and_holdings.json", (3, "12339.55", 4, "2862.80", 2, "7750.00")),
        ("v2_act_failed.json", (1, "100.23", 1, "-33293.43", 0, "0")),
    ];
    for (name, figures) in expected {
        let Ok(body) = fs::read(folder.join(name)) else {
            println!("skipped: {name} is not there");
            continue;
        };
        let (accounts, rows, holdings) = read(&bench, 200, body).await.unwrap();
        let balances: Decimal = accounts.iter().filter_map(|account| account.balance).sum();
        let amounts: Decimal = rows.iter().map(|row| row.amount).sum();
        let costs: Decimal = holdings.iter().filter_map(|holding| holding.cost_basis).sum();
        let (balances, amounts, costs) = (balances.to_string(), amounts.to_string(), costs.to_string());
        let read =
            (accounts.len(), balances.as_str(), rows.len(), amounts.as_str(), holdings.len(), costs.as_str());
        assert_eq!(read, *figures, "{name}");
    }
}

#[tokio::test]
async fn known_refusals_are_told_apart() {
    let Some(folder) = samples() else { return };
    let bench = Bench::new().await;
    for (name, error) in [
        ("v1_402_payment_required.json", ProviderError::Rejected { code: "payment_required".to_owned() }),
        ("v1_403_forbidden.html", ProviderError::NeedsReauthorization),
    ] {
        let Ok(body) = fs::read(folder.join(name)) else {
            println!("skipped: {name} is not there");
            continue;
        };
        assert_eq!(read(&bench, status(name), body).await.unwrap_err(), error, "{name}");
    }
}
