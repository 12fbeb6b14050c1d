//! `dashtam keys forget --lost`: gives up stored secrets that no key opens.

use anyhow::Result;
use dashtam_application::sealed::ForgetLost;
use dashtam_domain::{call::Call, page::Limit, sealed::SealedField};
use dashtam_persistence::{Database, SealedColumn};
use serde_json::json;

use super::{Ring, walk};
use crate::commands::{say, tell};

pub(super) async fn run(ring: &Ring, database: &Database, json: bool) -> Result<()> {
    let keys = ring.stored_secrets(database);
    let limit = Limit::new(Limit::MAX).unwrap_or_default();
    let mut forgotten = Vec::new();
    for &field in SealedField::ALL {
        let (mut count, mut after) = (0, None);
        loop {
            let page = ForgetLost { field, after, limit };
            let call = Call::system(ring.sources.clock.now());
            let done = walk::patiently(async || keys.forget_lost(&call, page).await).await?;
            count += done.forgotten;
            after = done.next;
            if after.is_none() {
                break;
            }
        }
        forgotten.push((field, count));
    }
    let all: u64 = forgotten.iter().map(|(_, count)| count).sum();
    if json {
        let columns: Vec<_> = forgotten
            .iter()
            .map(|(field, count)| {
                let SealedColumn { table, column, .. } = SealedColumn::of(*field);
                json!({"table": table, "column": column, "forgotten": count})
            })
            .collect();
        return say(&json!({"forgotten": all, "columns": columns}).to_string());
    }
    for (field, count) in forgotten.iter().filter(|(_, count)| *count > 0) {
        say(&format!("{}: {count} value(s) forgotten.", SealedColumn::of(*field)))?;
    }
    match all {
        0 => say("Every stored secret opens; nothing was forgotten."),
        _ => {
            tell("Owners of connections are told to link them again. Put new backups beside the new key.");
            say(&format!("{all} value(s) that no key opens were forgotten."))
        }
    }
}
