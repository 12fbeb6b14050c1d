//! What the API told, as tables.

use anyhow::Result;
use comfy_table::{CellAlignment, Table};
use serde_json::Value;

use super::journey::Outcome;
use crate::commands::{say, tables};

/// The number of transactions that are shown for each account.
const NEWEST: usize = 5;

pub(crate) fn print(outcome: &Outcome) -> Result<()> {
    let mut accounts = table(["Account", "Number", "Type", "Currency", "Balance", "Available"], &[4, 5]);
    for account in &outcome.accounts {
        let fields =
            ["name", "account_number_masked", "account_type", "currency", "balance", "available_balance"];
        accounts.add_row(fields.map(|field| cell(&account[field])));
    }
    say(&format!("\nAccounts and balances\n{accounts}"))?;

    let mut holdings =
        table(["Symbol", "Name", "Quantity", "Price", "Market value", "Cost basis"], &[2, 3, 4, 5]);
    for holding in &outcome.holdings {
        let fields = ["symbol", "security_name", "quantity", "unit_price", "market_value", "cost_basis"];
        holdings.add_row(fields.map(|field| cell(&holding[field])));
    }
    say(&format!("\nHoldings\n{holdings}"))?;

    let mut rows = table(["Account", "Date", "Description", "Type", "Status", "Amount"], &[5]);
    for account in &outcome.accounts {
        let own = outcome.transactions.iter().filter(|row| row["account_id"] == account["id"]);
        for row in own.take(NEWEST) {
            let fields = ["date", "description", "transaction_type", "status", "amount"];
            let mut cells = vec![cell(&account["name"])];
            cells.extend(fields.map(|field| cell(&row[field])));
            rows.add_row(cells);
        }
    }
    let all = outcome.transactions.len();
    say(&format!("\nTransactions: the newest {NEWEST} of each account, of {all} in all\n{rows}\n"))
}

fn table<const N: usize>(header: [&str; N], right: &[usize]) -> Table {
    let mut table = tables::fitting();
    table.set_header(header);
    for column in right {
        if let Some(column) = table.column_mut(*column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        tables::keep_whole(&mut table, *column);
    }
    table
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::String(text) => text.chars().take(40).collect(),
        other => other.to_string(),
    }
}
