//! `dashtam statement`.

use std::path::Path;

use anyhow::{Context, Result};
use comfy_table::CellAlignment;
use dashtam_domain::ledger::statement::{StatementHints, StatementLayout};
use dashtam_statements::{Summary, inspect_with};
use serde_json::json;

use super::say;
use crate::cli::Statement;

pub(crate) fn run(command: Statement) -> Result<()> {
    let Statement::Inspect { file, json } = command;
    let bytes = read(&file)?;
    let name = file.file_name().and_then(|name| name.to_str()).map(str::to_owned);
    let hints = StatementHints { file_name: name, ..StatementHints::default() };
    let summary =
        inspect_with(&bytes, &hints).with_context(|| format!("{} cannot be used", file.display()))?;
    if json { say(&as_json(&summary).to_string()) } else { show(&summary) }
}

/// The bytes of a statement file.
pub(crate) fn read(file: &Path) -> Result<Vec<u8>> {
    std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))
}

fn as_json(summary: &Summary) -> serde_json::Value {
    let mut shown = json!({
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
    });
    // Only tables have one.
    if let Some(layout) = &summary.layout {
        shown["profile"] = json!({
            "name": layout.profile.name,
            "origin": layout.origin.as_str(),
            "confidence": layout.confidence,
            "layout": layout.profile.to_json(),
            "balance_check": layout.balances.map(|check| json!({
                "compared": check.compared, "wrong": check.wrong, "first_wrong_line": check.first_wrong,
            })),
        });
    }
    shown
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
    if let Some(StatementLayout { profile, origin, confidence, balances }) = &summary.layout {
        say(&format!("Layout: {} ({}, {confidence} % sure)", profile.name, origin.as_str()))?;
        if let Some(check) = balances {
            say(&format!("Balances: {} compared, {} do not follow", check.compared, check.wrong))?;
        }
    }
    say(&table.to_string())?;
    say(&format!("Rows: {} taken, {} refused", summary.rows.taken, summary.rows.refused))?;
    for problem in &summary.problems {
        say(&format!("  line {}: {}", problem.line, problem.reason))?;
    }
    Ok(())
}
