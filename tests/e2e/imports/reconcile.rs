//! Every sample of a real bank reconciles with the balances it states, or the gap is named: held against an own reckoning
//! from the rows as they are listed.

use std::{collections::BTreeMap, fs};

use chrono::{Days, NaiveDate};
use dashtam_tests::{Engine, Server, User, figures::figure, samples};
use rust_decimal::Decimal;
use serde_json::Value;

use crate::engines::shared;

type ByDay = BTreeMap<NaiveDate, Decimal>;

fn day(text: &Value) -> NaiveDate {
    text.as_str().and_then(|text| text.get(..10)).and_then(|text| text.parse().ok()).expect("a day")
}

fn moved(rows: &ByDay, after: NaiveDate, until: NaiveDate) -> Decimal {
    rows.iter().filter(|(day, _)| **day > after && **day <= until).map(|(_, sum)| *sum).sum()
}

/// What an account holds at the end of a day, by what was told and what moved.
fn held(told: &ByDay, rows: &ByDay, at: NaiveDate) -> Option<Decimal> {
    if let Some((day, balance)) = told.range(..=at).next_back() {
        return Some(balance + moved(rows, *day, at));
    }
    // Before that it is reckoned back as far as there are rows.
    let is_covered = rows.keys().next().is_some_and(|first| at + Days::new(1) >= *first);
    let first = told.iter().next().filter(|_| is_covered);
    first.map(|(day, balance)| balance - moved(rows, at, *day))
}

/// What is missing between each told balance and the next.
fn missing(told: &ByDay, rows: &ByDay) -> Vec<(NaiveDate, Decimal)> {
    let told: Vec<_> = told.iter().collect();
    let pairs =
        told.windows(2).map(|pair| (*pair[1].0, pair[1].1 - pair[0].1 - moved(rows, *pair[0].0, *pair[1].0)));
    pairs.filter(|(_, amount)| !amount.is_zero()).collect()
}

/// The balances that were told, by account and day: of one day the latest.
async fn told(user: &User) -> BTreeMap<String, ByDay> {
    let mut items = Vec::new();
    let mut path = "/api/v1/sync?types=balance&limit=500".to_owned();
    loop {
        let page = user.api.get(&path).await.expect(200);
        items.extend(
            page["items"].as_array().expect("a page has items").iter().map(|item| item["data"].clone()),
        );
        if page["has_more"] == false {
            break;
        }
        path = format!("/api/v1/sync?limit=500&cursor={}", page["next_cursor"].as_str().expect("a cursor"));
    }
    items.sort_by_key(|point| point["as_of"].as_str().map(str::to_owned));
    let mut told: BTreeMap<String, ByDay> = BTreeMap::new();
    for point in items {
        let of = told.entry(point["account_id"].as_str().expect("an account").to_owned()).or_default();
        of.insert(day(&point["as_of"]), figure(&point["balance"]).expect("a balance"));
    }
    told
}

/// Whether the account states a balance that was compared.
async fn reconciles(user: &User, name: &str, account: &Value, told: &ByDay, rows: &[Value]) -> bool {
    let id = account["id"].as_str().expect("an account has an id");
    let is_valued = ["brokerage", "retirement"].map(Value::from).contains(&account["account_type"]);
    let own = rows
        .iter()
        .filter(|row| row["account_id"] == account["id"] && row["currency"] == account["currency"]);
    let mut by_day = ByDay::new();
    for row in own.filter(|row| row["status"] == "posted") {
        *by_day.entry(day(&row["date"])).or_default() += figure(&row["amount"]).expect("an amount");
    }
    let days = || by_day.keys().chain(told.keys()).copied();
    let (Some(first), Some(last)) = (days().min(), days().max()) else { return false };
    let first = (first - Days::new(1)).max(last - Days::new(3_600));
    let path = format!("/api/v1/accounts/{id}/balances?from={first}&to={last}");
    let history = user.api.get(&path).await.expect(200);
    let months = format!(
        "/api/v1/accounts/{id}/reconciliation?from={}&to={}",
        (last - Days::new(3_500)).max(first).format("%Y-%m"),
        last.format("%Y-%m")
    );
    let months = user.api.get(&months).await.expect(200);
    for month in months["items"].as_array().expect("months") {
        let of = |name: &str| figure(&month[name]);
        if let (Some(opening), Some(moved), Some(closing)) = (of("opening"), of("movements"), of("closing")) {
            assert_eq!(of("difference"), Some(closing - opening - moved), "{name}: {month}");
            let is_named = month["state"] != "balanced" || of("difference") == Some(Decimal::ZERO);
            assert!(is_named, "{name}: {month}");
        }
    }
    if is_valued {
        return false;
    }
    for item in history["items"].as_array().expect("days") {
        assert_eq!(figure(&item["balance"]), held(told, &by_day, day(&item["date"])), "{name}: {item}");
    }
    let gaps = history["gaps"].as_array().expect("gaps").iter();
    let gaps: Vec<_> =
        gaps.map(|gap| (day(&gap["to"]), figure(&gap["amount"]).expect("an amount"))).collect();
    assert_eq!(gaps, missing(told, &by_day), "{name}: every gap is named and no other");
    !told.is_empty()
}

async fn reconcile(server: &Server, files: &[std::path::PathBuf], together: bool) -> usize {
    let mut compared = 0;
    let mut user = User::new(server).await;
    for path in files {
        let name = path.file_name().unwrap_or_default().display().to_string();
        if !together {
            user = User::new(server).await;
        }
        let file = fs::read(path).expect("the sample can be read");
        let mut reply = user.api.upload(&name, &file).await;
        if reply.status == 422 && reply.text().contains("account-needed") {
            reply = user.api.upload_to("new", &name, &file).await;
        }
        if reply.status != 201 {
            continue;
        }
        let (accounts, rows) = super::ledger(&user).await;
        let told = told(&user).await;
        for account in &accounts {
            let of = account["id"].as_str().and_then(|id| told.get(id)).cloned().unwrap_or_default();
            compared += usize::from(reconciles(&user, &name, account, &of, &rows).await);
        }
    }
    compared
}

#[tokio::test]
async fn every_statement_reconciles_or_names_its_gap() {
    let test = "every_statement_reconciles_or_names_its_gap";
    let Some(folder) = samples::ofx(test) else { return };
    let Some(cases) = samples::cases(test) else { return };
    let server = shared!(Engine::Sqlite, test);
    // Each by itself, and then those that continue one another in one ledger.
    let alone = reconcile(&server, &samples::files(&folder), false).await;
    assert!(alone > 15, "only {alone} balances were compared");
    let together = reconcile(&server, &samples::files(&cases), true).await;
    assert!(together > 5, "only {together} balances were compared");
}
