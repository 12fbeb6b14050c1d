//! `dashtam ledger`.

use anyhow::{Result, bail};
use dashtam_application::upkeep::CheckDays;
use dashtam_domain::{call::Call, id::AccountId};
use serde_json::json;
use uuid::Uuid;

use super::{program, say};
use crate::cli;

pub(crate) async fn run(command: cli::Ledger) -> Result<()> {
    let cli::Ledger::Check { sources, repair, json } = command;
    let (dashtam, database, adapters) = program(&sources).await?;
    let (mut accounts, mut wrong, mut unchecked) = (0, Vec::new(), Vec::new());
    let mut from = Some(AccountId(Uuid::nil()));
    let mut failed = None;
    while let Some(next) = from.take() {
        let call = Call::system(adapters.clock.now());
        match dashtam.upkeep().check_days(&call, CheckDays { from: next, repair }).await {
            Ok(checked) => {
                accounts += checked.accounts;
                wrong.extend(checked.wrong);
                unchecked.extend(checked.failed);
                from = checked.next;
            }
            Err(error) => failed = Some(error),
        }
    }
    database.close().await;
    let days: usize = wrong.iter().map(|(_, days)| days).sum();
    if json {
        let of_account =
            |(id, days): &(AccountId, usize)| json!({"account_id": id.to_string(), "days": days});
        let listed: Vec<_> = wrong.iter().map(of_account).collect();
        let unchecked: Vec<_> = unchecked.iter().map(AccountId::to_string).collect();
        say(&json!({
            "accounts": accounts, "days": days, "wrong": listed, "repaired": repair, "unchecked": unchecked,
        })
        .to_string())?;
    } else {
        for (account, days) in &wrong {
            say(&format!("account {account}: {days} day(s) wrong"))?;
        }
        for account in &unchecked {
            say(&format!("account {account}: not checked"))?;
        }
        let done = if repair { " and put right" } else { "" };
        say(&format!("{accounts} account(s) checked, {days} day(s) wrong{done}"))?;
    }
    // What was found before it is told all the same.
    if let Some(error) = failed {
        return Err(error.into());
    }
    if !unchecked.is_empty() {
        bail!("{} account(s) could not be checked; the log says why", unchecked.len());
    }
    if days > 0 && !repair {
        bail!("the sums of {days} day(s) are wrong; --repair puts them right");
    }
    Ok(())
}
