//! Every sample of Schwab's there is, whatever it is called: what it holds decides how it is judged, so that new files
//! of the same kinds are judged too. Figures are summed up here once more, from the text of the file.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests say what they skip, and fail by panicking"
)]

mod support;

use std::{
    fs,
    path::{Path, PathBuf},
};

use dashtam_domain::{
    connections::{
        AccountsFeed, HoldingsFeed, OAuthLink, PageRequest, ProviderError, PulledHoldings, PulledTransaction,
    },
    ledger::{LegKind, TransactionFlag},
    money::{Decimal, exact_decimal},
    sources::Clock,
};
use dashtam_testkit::schwab::{Endpoint, FakeAccount, Fault};
use serde_json::{Value, json};
use support::{Setup, empty, setup, window};

const HASH: &str = "DDDD0000000000000000000000000000000000000000000000000000000000D4";

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.extension().and_then(|ending| ending.to_str()) {
            _ if path.is_dir() => files(&path, found),
            Some("json" | "txt" | "html") => found.push(path),
            _ => {}
        }
    }
}

/// Every sample: its name and its text.
fn samples() -> Vec<(String, String)> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures");
    let folder = std::env::var_os("DASHTAM_SAMPLES").map_or_else(beside, PathBuf::from).join("schwab");
    if !folder.is_dir() {
        println!("skipped: no sample files in {}", folder.display());
        return Vec::new();
    }
    let mut found = Vec::new();
    files(&folder, &mut found);
    found.sort();
    assert!(!found.is_empty());
    let named = |path: PathBuf| {
        let name = path.strip_prefix(&folder).unwrap().display().to_string();
        (name, String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned())
    };
    found.into_iter().map(named).collect()
}

/// The kind of answer that a sample is.
enum Sort {
    Transactions(Vec<Value>),
    Accounts(Vec<Value>),
    Numbers(Value),
    Preferences(Value),
    Token(Value),
    /// An error, with the status it came with as far as the name or the body tells.
    Error(u16),
    /// The description of the API, or something we do not ask for.
    Other,
}

fn sort(name: &str, text: &str) -> Sort {
    let told = name.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse().ok());
    let told = told.into_iter().find(|status: &u16| (400..600).contains(status));
    let Ok(value) = serde_json::from_str::<Value>(text) else { return Sort::Error(told.unwrap_or(504)) };
    let rows = match &value {
        Value::Array(rows) => rows.clone(),
        one => vec![one.clone()],
    };
    let all = |field: &str| !rows.is_empty() && rows.iter().all(|row| row.get(field).is_some());
    match () {
        () if value.get("openapi").is_some() => Sort::Other,
        () if all("activityId") => Sort::Transactions(rows),
        () if all("securitiesAccount") => Sort::Accounts(rows),
        () if all("hashValue") => Sort::Numbers(value),
        () if all("accounts") => Sort::Preferences(value),
        () if value.get("access_token").is_some() => Sort::Token(value),
        () if value.get("token").is_some_and(|token| token.get("access_token").is_some()) => {
            Sort::Token(value["token"].clone())
        }
        () if ["error", "errors", "message", "fault"].iter().any(|field| value.get(field).is_some()) => {
            Sort::Error(told.unwrap_or(400))
        }
        () => Sort::Other,
    }
}

fn figure(row: &Value, field: &str) -> Option<Decimal> {
    match row.get(field)? {
        Value::Number(number) => exact_decimal(&number.to_string()).ok(),
        Value::String(text) => exact_decimal(text).ok(),
        _ => None,
    }
}

/// What a leg did to the cash, read from the sample by the rules of the format.
fn cash_of(leg: &Value) -> Option<Decimal> {
    let (cost, amount) = (figure(leg, "cost"), figure(leg, "amount"));
    let money = leg["instrument"]["assetType"] == "CURRENCY";
    let fee = leg.get("feeType").and_then(Value::as_str).is_some_and(|fee| !fee.is_empty());
    match (fee, money) {
        (true, _) => cost.or_else(|| amount.map(|amount| -amount)),
        (false, true) => cost.filter(|cost| !cost.is_zero()).or(amount).or(cost),
        (false, false) => cost,
    }
}

/// Checks one row against the sample; whether its legs add up.
fn check_row(name: &str, sent: &Value, read: &PulledTransaction) -> Option<bool> {
    let none = Vec::new();
    let legs = sent["transferItems"].as_array().unwrap_or(&none);
    let place = format!("{name}: {}", read.external_id);
    assert_eq!(read.details.legs.len(), legs.len(), "{place}: every leg is kept");
    for (sent, read) in legs.iter().zip(&read.details.legs) {
        let amount = cash_of(sent).map(|amount| amount.round_dp(4));
        assert_eq!(read.amount, amount, "{place}: {sent}");
        if read.kind == LegKind::Security {
            assert_eq!(read.quantity, figure(sent, "amount").map(|units| units.round_dp(12)), "{place}");
            assert_eq!(
                read.symbol.as_deref(),
                sent["instrument"]["symbol"].as_str().map(str::trim),
                "{place}"
            );
        }
    }
    let fees: Vec<Decimal> =
        legs.iter().filter(|leg| leg.get("feeType").is_some()).filter_map(cash_of).collect();
    let fee = (!fees.is_empty()).then(|| -fees.iter().sum::<Decimal>());
    assert_eq!(read.details.fee, fee, "{place}: fees");
    // Kept as it was sent, but for the account's number.
    let mut raw = read.raw.clone();
    if sent.get("accountNumber").is_some() {
        assert_ne!(raw["accountNumber"], sent["accountNumber"], "{place} shows its account");
        raw["accountNumber"] = sent["accountNumber"].clone();
    }
    assert_eq!(&*raw, sent, "{place}: the row is kept");

    let amounts: Option<Vec<Decimal>> = legs.iter().map(cash_of).collect();
    let total: Decimal = amounts.filter(|amounts| !amounts.is_empty())?.iter().sum();
    let even = total.round_dp(4) == figure(sent, "netAmount")?.round_dp(4);
    let flagged = read.details.flags.contains(&TransactionFlag::LegsDoNotAddUp);
    let in_kind =
        sent["type"] != "TRADE" && read.details.legs.iter().any(|leg| leg.kind == LegKind::Security);
    let silent = ["SMA_ADJUSTMENT", "MARGIN_CALL", "MEMORANDUM"].iter().any(|kind| sent["type"] == *kind);
    if in_kind || silent {
        assert!(!flagged, "{place}: no cash has to add up");
        return None;
    }
    assert_eq!(flagged, !even, "{place}: {total} of {}", read.amount);
    assert_eq!(read.amount, figure(sent, "netAmount").unwrap().round_dp(4), "{place}: the net amount rules");
    Some(even)
}

/// One account with these transactions, at the stand-in.
fn put(setup: &Setup, entry: Value, transactions: Vec<Value>) {
    let number = entry["securitiesAccount"]["accountNumber"].as_str().unwrap_or("12345678").to_owned();
    setup.fake.remove_accounts();
    let (hash, nickname) = (HASH.to_owned(), None);
    setup.fake.put_account(FakeAccount { number, hash, nickname, entry, transactions });
}

async fn check_transactions(name: &str, rows: Vec<Value>) -> (usize, usize) {
    let setup = empty().await;
    let entry = json!({"securitiesAccount": {"type": "CASH", "accountNumber": "12345678"}});
    put(&setup, entry, Vec::new());
    setup.fake.fail(Endpoint::Transactions, 1, &Fault::new(200, Value::Array(rows.clone()).to_string()));
    let credentials = setup.link().await;
    let days = window("2026-11-12", "2026-11-23");
    let feed: &dyn dashtam_domain::connections::TransactionsFeed = &setup.provider;
    let page = feed.transactions(&credentials, &PageRequest::new(HASH, days, None)).await.unwrap();
    // A row without a date or an amount is no transaction; nothing else may be refused.
    let usable = |row: &Value| {
        let kind = row["type"].as_str().unwrap_or_default();
        let without = ["SMA_ADJUSTMENT", "MARGIN_CALL", "MEMORANDUM", "RECEIVE_AND_DELIVER"].contains(&kind);
        (row.get("tradeDate").is_some() || row.get("time").is_some())
            && (without || figure(row, "netAmount").is_some())
    };
    let refused: Vec<_> = page.refused.iter().map(|row| &row.reason).collect();
    assert_eq!(page.rows.len(), rows.iter().filter(|row| usable(row)).count(), "{name}: {refused:?}");
    assert_eq!(page.rows.len() + page.refused.len(), rows.len(), "{name}");
    let mut adding_up = (0, 0);
    for (sent, read) in rows.iter().filter(|row| usable(row)).zip(&page.rows) {
        let even = check_row(name, sent, read);
        adding_up.0 += usize::from(even == Some(true));
        adding_up.1 += usize::from(even == Some(false));
    }
    adding_up
}

async fn check_account(name: &str, entry: &Value) {
    let setup = empty().await;
    put(&setup, entry.clone(), Vec::new());
    let credentials = setup.link().await;
    let told = AccountsFeed::accounts(&setup.provider, &credentials).await.unwrap();
    assert_eq!((told.accounts.len(), told.gaps.len()), (1, 0), "{name}");
    let current = &entry["securitiesAccount"]["currentBalances"];
    if let Some(balance) = figure(current, "liquidationValue") {
        assert_eq!(told.accounts[0].balance, Some(balance.round_dp(4)), "{name}");
    }
    let told = setup.provider.holdings(&credentials, HASH).await.unwrap();
    let PulledHoldings::Told { holdings, gaps } = told else { panic!("{name}: positions are told") };
    assert!(gaps.is_empty(), "{name}: {gaps:?}");
    let none = Vec::new();
    let positions = entry["securitiesAccount"]["positions"].as_array().unwrap_or(&none);
    let values: Decimal =
        positions.iter().filter_map(|row| figure(row, "marketValue")).map(|v| v.round_dp(4)).sum();
    let read: Decimal = holdings.iter().filter_map(|one| one.market_value).sum();
    assert_eq!(read, values, "{name}: positions are worth as much as the sample says");
    let long = |row: &Value| figure(row, "longQuantity").unwrap_or_default();
    let short = |row: &Value| figure(row, "shortQuantity").unwrap_or_default();
    let units: Decimal = positions.iter().map(|row| (long(row) - short(row)).round_dp(12)).sum();
    assert_eq!(holdings.iter().map(|one| one.quantity).sum::<Decimal>(), units, "{name}");
}

async fn check_error(name: &str, status: u16, text: &str) {
    let setup = setup().await;
    let credentials = setup.link().await;
    let fault = Fault::new(status, text);
    let login = text.contains("error_description") || name.contains("oauth");
    let error = if login {
        setup.fake.fail(Endpoint::Refresh, 4, &fault);
        setup.provider.refresh(&credentials, setup.clock.now()).await.unwrap_err()
    } else {
        setup.fake.fail(Endpoint::Accounts, 4, &fault);
        AccountsFeed::accounts(&setup.provider, &credentials).await.unwrap_err()
    };
    let lower = text.to_lowercase();
    // What the words of the body mean, whatever the status.
    let outage = lower.trim_start().starts_with('<')
        || lower.contains("upstream")
        || lower.contains("requested route");
    let dead = ["refresh token", "refresh_token", "authorization code", "authorizationcode"];
    match &error {
        ProviderError::Unavailable => assert!(outage || status >= 403, "{name}: {error:?}"),
        other => assert!(!outage, "{name}: an outage is taken for {other:?}"),
    }
    if login && !outage && status < 500 && dead.iter().any(|words| lower.contains(words)) {
        assert_eq!(error, ProviderError::NeedsReauthorization, "{name}");
    }
    if !login && status == 401 && !outage {
        assert_eq!(error, ProviderError::AccessTokenRejected, "{name}");
    }
    println!("{name}: {error}");
}

#[tokio::test]
async fn every_sample_is_mapped_to_the_last_figure() {
    let (mut even, mut odd) = (0, 0);
    for (name, text) in samples() {
        match sort(&name, &text) {
            Sort::Transactions(rows) => {
                let (adds, differs) = check_transactions(&name, rows).await;
                println!("{name}: {adds} rows add up, {differs} do not");
                (even, odd) = (even + adds, odd + differs);
            }
            Sort::Accounts(entries) => {
                for entry in &entries {
                    check_account(&name, entry).await;
                }
            }
            Sort::Numbers(numbers) => {
                let setup = setup().await;
                let credentials = setup.link().await;
                setup.fake.fail(Endpoint::AccountNumbers, 1, &Fault::new(200, numbers.to_string()));
                // Numbers of other accounts than those that are shown: a list that cannot be used, told as such.
                let told = AccountsFeed::accounts(&setup.provider, &credentials).await;
                assert!(matches!(told, Ok(_) | Err(ProviderError::Malformed { .. })), "{name}: {told:?}");
            }
            Sort::Preferences(names) => {
                let setup = setup().await;
                let credentials = setup.link().await;
                setup.fake.fail(Endpoint::UserPreference, 1, &Fault::new(200, names.to_string()));
                let told = AccountsFeed::accounts(&setup.provider, &credentials).await.unwrap();
                assert_eq!(told.accounts.len(), 2, "{name}");
            }
            Sort::Token(token) => {
                let setup = setup().await;
                let credentials = setup.link().await;
                setup.fake.fail(Endpoint::Refresh, 1, &Fault::new(200, token.to_string()));
                let fresh = setup.provider.refresh(&credentials, setup.clock.now()).await.unwrap();
                assert_eq!(Some(fresh.access_token.expose()), token["access_token"].as_str(), "{name}");
            }
            Sort::Error(status) => check_error(&name, status, &text).await,
            Sort::Other => println!("{name}: not something this adapter asks for"),
        }
    }
    println!("{even} rows add up, {odd} are flagged");
}
