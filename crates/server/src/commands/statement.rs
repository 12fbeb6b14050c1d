//! `dashtam statement`.

use std::path::Path;

use anyhow::{Context, Result};
use comfy_table::CellAlignment;
use dashtam_statements::{Summary, inspect};
use serde_json::json;

use super::say;
use crate::cli::Statement;

pub(crate) fn run(command: Statement) -> Result<()> {
    let Statement::Inspect { file, json } = command;
    let bytes = read(&file)?;
    let summary = inspect(&bytes).with_context(|| format!("{} cannot be used", file.display()))?;
    if json { say(&as_json(&summary).to_string()) } else { show(&summary) }
}

/// The bytes of a statement file.
pub(crate) fn read(file: &Path) -> Result<Vec<u8>> {
    std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))
}

fn as_json(summary: &Summary) -> serde_json::Value {
    json!({
        "format": summary.format,
        "accounts": summary.accounts.iter().map(|account| json!({
            "account": account.account,
            "currency": account.currency.map(|currency| currency.to_string()),
            "transactions": account.transactions,
            "sum": account.sum.map(|sum| sum.to_string()),
            "ledger_balance": account.ledger_balance.map(|balance| balance.to_string()),
        })).collect::<Vec<_>>(),
        "rows": {"taken": summary.rows.taken, "refused": summary.rows.refused},
        "problems": summary.problems.iter().map(|problem| json!({
            "line": problem.line, "reason": problem.reason,
        })).collect::<Vec<_>>(),
    })
}

fn show(summary: &Summary) -> Result<()> {
    let mut table = crate::commands::tables::fitting();
    table.set_header(["Account", "Currency", "Transactions", "Sum", "Ledger balance"]);
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "–".to_owned());
    for account in &summary.accounts {
        table.add_row([
            or_dash(account.account.clone()),
            or_dash(account.currency.map(|currency| currency.to_string())),
            account.transactions.to_string(),
            or_dash(account.sum.map(|sum| sum.to_string())),
            or_dash(account.ledger_balance.map(|balance| balance.to_string())),
        ]);
    }
    for column in 2..5 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    say(&format!("Format: {}", summary.format))?;
    say(&table.to_string())?;
    say(&format!("Rows: {} taken, {} refused", summary.rows.taken, summary.rows.refused))?;
    for problem in &summary.problems {
        say(&format!("  line {}: {}", problem.line, problem.reason))?;
    }
    Ok(())
}
