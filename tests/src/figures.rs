//! What the API shows against the sandbox institution's own ledger, row by row.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use dashtam_sandbox_bank::{Account, World};
use rust_decimal::Decimal;
use serde_json::Value;

use crate::User;

/// The data of the bank that a server runs by itself.
pub const SEED: u64 = 2026;

/// Everything the API shows of one provider instance.
#[derive(Debug)]
pub struct Shown {
    /// Its accounts.
    pub accounts: Vec<Value>,
    /// Rows that were not removed, by account.
    pub rows: BTreeMap<String, Vec<Value>>,
    /// Positions, by account.
    pub holdings: BTreeMap<String, Vec<Value>>,
    /// Balances as listed, by account.
    pub balances: BTreeMap<String, Value>,
}

/// Today, as the bank sees it.
pub fn today() -> NaiveDate {
    dashtam_local::sources().clock.now().day().0
}

/// An exact figure of an answer.
pub fn figure(value: &Value) -> Option<Decimal> {
    value.as_str().map(|text| Decimal::from_str_exact(text).expect("a figure is an exact decimal"))
}

/// The sum of the amounts of rows.
pub fn sum<'a>(rows: impl IntoIterator<Item = &'a Value>) -> Decimal {
    rows.into_iter().map(|row| figure(&row["amount"]).expect("a row has an amount")).sum()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

impl User {
    /// Reads everything about a provider instance.
    pub async fn shown(&self, provider: &str) -> Shown {
        let accounts = self.api.all(&format!("/api/v1/accounts?provider_id={provider}")).await;
        let (mut rows, mut holdings, mut balances) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for account in &accounts {
            let id = text(&account["id"]);
            let mut of_account = self.api.all(&format!("/api/v1/accounts/{id}/transactions")).await;
            of_account.retain(|row| row["status"] != "removed");
            rows.insert(id.clone(), of_account);
            holdings.insert(id.clone(), self.api.all(&format!("/api/v1/accounts/{id}/holdings")).await);
        }
        for balance in self.api.all("/api/v1/balances").await {
            balances.insert(text(&balance["account_id"]), balance);
        }
        Shown { accounts, rows, holdings, balances }
    }

    /// Compares everything about a provider instance with the ledger of this person. `adjust` makes the changes
    /// of a fault lever to it; `since` is a day noted before the synchronisation, which may have been midnight ago.
    pub async fn assert_figures_of(
        &self,
        provider: &str,
        person: &str,
        since: NaiveDate,
        adjust: impl Fn(&mut World),
    ) {
        let shown = self.shown(provider).await;
        let wrong = |day: NaiveDate| {
            let mut world = World::generate(SEED, person, day);
            adjust(&mut world);
            differences(&world, &shown)
        };
        let mut found = wrong(since);
        if !found.is_empty() && today() != since {
            found = wrong(today());
        }
        assert!(found.is_empty(), "{} differences, such as\n{}", found.len(), first(&found));
    }
}

fn first(found: &[String]) -> String {
    found[..found.len().min(12)].join("\n")
}

/// Every difference between the bank's ledger and what the API shows.
pub fn differences(world: &World, shown: &Shown) -> Vec<String> {
    let mut found = Vec::new();
    let known: BTreeSet<&str> = world.accounts.iter().map(|account| account.id.as_str()).collect();
    let listed: BTreeSet<&str> =
        shown.accounts.iter().filter_map(|account| account["provider_account_id"].as_str()).collect();
    if known != listed || shown.accounts.len() != world.accounts.len() {
        found.push(format!("accounts {listed:?} instead of {known:?}"));
        return found;
    }
    for account in &world.accounts {
        let view = shown.accounts.iter().find(|view| view["provider_account_id"] == account.id.as_str());
        let view = view.expect("the account is listed");
        account_differences(account, view, shown, &mut found);
    }
    found
}

fn account_differences(account: &Account, view: &Value, shown: &Shown, found: &mut Vec<String>) {
    let (name, id) = (account.name, text(&view["id"]));
    let mut compare = |what: &str, expected: Option<Decimal>, got: &Value| {
        if expected != figure(got) {
            found.push(format!("{name}: {what} is {got} instead of {expected:?}"));
        }
    };
    compare("balance", Some(account.current_balance()), &view["balance"]);
    compare("available balance", account.available_balance(), &view["available_balance"]);
    compare("balance in /balances", Some(account.current_balance()), &shown.balances[&id]["balance"]);
    for holding in &account.holdings {
        let held = shown.holdings[&id].iter().find(|held| held["symbol"] == holding.symbol);
        let held = held.cloned().unwrap_or_default();
        compare("quantity", Some(holding.quantity), &held["quantity"]);
        compare("price", Some(holding.price), &held["unit_price"]);
        compare("market value", Some(holding.market_value), &held["market_value"]);
        compare("cost basis", Some(holding.cost_basis), &held["cost_basis"]);
    }
    if shown.holdings[&id].len() != account.holdings.len() {
        found.push(format!("{name}: {} positions", shown.holdings[&id].len()));
    }

    let line = |id: &str, date: &str, amount: Decimal, status: &str, description: &str, currency: &str| {
        format!("{name}: {id} {date} {} {status} {currency} {description}", amount.normalize())
    };
    let mut expected: Vec<String> = account
        .transactions
        .iter()
        .map(|row| {
            let (date, status) = (row.date.to_string(), row.status.as_str());
            line(&row.id, &date, row.amount, status, &row.description, account.currency)
        })
        .collect();
    let mut got: Vec<String> = shown.rows[&id]
        .iter()
        .map(|row| {
            let field = |name: &str| text(&row[name]);
            let amount = figure(&row["amount"]).unwrap_or_default();
            let (source, date) = (field("provider_transaction_id"), field("date"));
            line(&source, &date, amount, &field("status"), &field("description"), &field("currency"))
        })
        .collect();
    expected.sort();
    got.sort();
    if expected != got {
        let (mine, theirs): (BTreeSet<_>, BTreeSet<_>) = (expected.iter().collect(), got.iter().collect());
        found.extend(mine.difference(&theirs).map(|line| format!("missing: {line}")));
        found.extend(theirs.difference(&mine).map(|line| format!("not at the bank: {line}")));
        found.push(format!("{name}: {} rows instead of {}", got.len(), expected.len()));
    }
}
