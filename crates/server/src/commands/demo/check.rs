//! Every figure against where it came from.

use std::collections::HashMap;

use dashtam_domain::money::{Decimal, exact_decimal};
use dashtam_sandbox_bank::World;
use dashtam_statements::{AccountSummary, Summary};
use serde_json::Value;

use super::journey::Outcome;

/// One comparison of a figure.
pub(crate) struct Check {
    pub(crate) what: String,
    pub(crate) expected: String,
    pub(crate) got: String,
    pub(crate) right: bool,
}

#[derive(Default)]
struct Checks(Vec<Check>);

impl Checks {
    fn figure(&mut self, what: impl Into<String>, expected: Option<Decimal>, got: Option<Decimal>) {
        let show =
            |figure: Option<Decimal>| figure.map_or_else(|| "none".to_owned(), |figure| figure.to_string());
        let right = expected == got;
        self.0.push(Check { what: what.into(), expected: show(expected), got: show(got), right });
    }

    fn count(&mut self, what: impl Into<String>, expected: usize, got: usize) {
        let (expected, got) = (Decimal::from(expected), Decimal::from(got));
        self.figure(what, Some(expected), Some(got));
    }
}

fn amount(value: &Value) -> Option<Decimal> {
    exact_decimal(value.as_str()?).ok()
}

/// Makes all comparisons.
pub(crate) fn all(outcome: &Outcome, world: &World, statement: &Summary) -> Vec<Check> {
    let mut checks = Checks::default();
    let mut rows: HashMap<&str, Vec<&Value>> = HashMap::new();
    for row in &outcome.transactions {
        rows.entry(row["account_id"].as_str().unwrap_or_default()).or_default().push(row);
    }
    let rows_of =
        |account: &Value| account["id"].as_str().and_then(|id| rows.get(id)).map_or(&[][..], Vec::as_slice);
    let (linked, imported): (Vec<&Value>, Vec<&Value>) =
        outcome.accounts.iter().partition(|account| account["provider_id"] == outcome.provider_id.as_str());

    checks.count("accounts at the bank", world.accounts.len(), linked.len());
    for expected in &world.accounts {
        let account =
            linked.iter().find(|account| account["account_number_masked"] == expected.number_masked);
        let Some(account) = account else {
            checks.count(format!("{}: shown by the API", expected.name), 1, 0);
            continue;
        };
        bank_account(&mut checks, outcome, expected, account, rows_of(account));
    }
    let all_rows: usize = world.accounts.iter().map(|account| account.transactions.len()).sum();
    checks.count(
        "transactions the synchronisation added",
        all_rows,
        number(&outcome.sync["transactions_added"]),
    );
    statement_accounts(&mut checks, outcome, statement, &imported, rows_of);
    checks.0
}

fn bank_account(
    checks: &mut Checks,
    outcome: &Outcome,
    expected: &dashtam_sandbox_bank::Account,
    account: &Value,
    rows: &[&Value],
) {
    let name = expected.name;
    checks.figure(format!("{name}: balance"), Some(expected.current_balance()), amount(&account["balance"]));
    checks.figure(
        format!("{name}: available"),
        expected.available_balance(),
        amount(&account["available_balance"]),
    );
    let balance = outcome.balances.iter().find(|balance| balance["account_id"] == account["id"]);
    let balance = balance.and_then(|balance| amount(&balance["balance"]));
    checks.figure(format!("{name}: balance in /balances"), Some(expected.current_balance()), balance);
    checks.count(format!("{name}: transactions"), expected.transactions.len(), rows.len());
    let posted: Decimal =
        expected.transactions.iter().filter(|row| row.is_posted()).map(|row| row.amount).sum();
    let pending: Decimal =
        expected.transactions.iter().filter(|row| !row.is_posted()).map(|row| row.amount).sum();
    checks.figure(format!("{name}: sum of posted"), Some(posted), sum(rows, "posted"));
    checks.figure(format!("{name}: sum of pending"), Some(pending), sum(rows, "pending"));
    let closing = sum(rows, "posted").map(|sum| expected.opening_balance + sum);
    checks.figure(
        format!("{name}: opening balance and posted rows make the balance"),
        amount(&account["balance"]),
        closing,
    );
    for holding in &expected.holdings {
        let shown = outcome.holdings.iter().find(|shown| shown["symbol"] == holding.symbol);
        let figure = |field: &str| shown.and_then(|shown| amount(&shown[field]));
        let what = |figure: &str| format!("{name}: {} {figure}", holding.symbol);
        checks.figure(what("quantity"), Some(holding.quantity), figure("quantity"));
        checks.figure(what("market value"), Some(holding.market_value), figure("market_value"));
        checks.figure(what("cost basis"), Some(holding.cost_basis), figure("cost_basis"));
    }
}

fn statement_accounts<'a>(
    checks: &mut Checks,
    outcome: &Outcome,
    statement: &Summary,
    imported: &[&'a Value],
    rows_of: impl Fn(&'a Value) -> &'a [&'a Value],
) {
    let report = &outcome.import["rows"];
    let (taken, known) = (number(&report["taken"]), number(&report["known"]));
    let read = usize::try_from(statement.rows.taken + statement.rows.known).unwrap_or(usize::MAX);
    checks.count("statement: rows taken or known", read, taken + known);
    checks.count(
        "statement: rows refused",
        usize::try_from(statement.rows.refused).unwrap_or(0),
        number(&report["refused"]),
    );
    checks.count("statement again: rows taken", 0, number(&outcome.second_import["rows"]["taken"]));
    checks.count("statement again: rows known", read, number(&outcome.second_import["rows"]["known"]));

    // An account that appears twice in the file, or twice among the imported ones, has no single figure.
    for expected in alone(&statement.accounts) {
        let mask = expected.account.as_deref().and_then(dashtam_domain::ledger::mask_number);
        let mut same =
            imported.iter().filter(|account| account["account_number_masked"].as_str() == mask.as_deref());
        let (Some(account), None) = (same.next(), same.next()) else { continue };
        let rows = rows_of(account);
        let name = mask.unwrap_or_else(|| "account".to_owned());
        if known == 0 {
            // Rows in another currency are no part of an account's sum.
            let own: Vec<&Value> =
                rows.iter().copied().filter(|row| row["currency"] == account["currency"]).collect();
            checks.figure(format!("statement {name}: sum"), expected.sum, sum(&own, "posted"));
            let count = usize::try_from(expected.transactions).unwrap_or(usize::MAX);
            checks.count(format!("statement {name}: transactions"), count, rows.len());
        }
        checks.figure(
            format!("statement {name}: ledger balance"),
            expected.ledger_balance,
            amount(&account["balance"]),
        );
    }
}

fn alone(accounts: &[AccountSummary]) -> impl Iterator<Item = &AccountSummary> {
    let times =
        |number: &Option<String>| accounts.iter().filter(|account| account.account == *number).count();
    accounts.iter().filter(move |account| times(&account.account) == 1)
}

fn sum(rows: &[&Value], status: &str) -> Option<Decimal> {
    rows.iter().filter(|row| row["status"] == status).map(|row| amount(&row["amount"])).sum()
}

fn number(value: &Value) -> usize {
    value.as_u64().and_then(|number| usize::try_from(number).ok()).unwrap_or(usize::MAX)
}
