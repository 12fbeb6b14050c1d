//! `dashtam keys verify`: which key every stored secret is under.

use anyhow::{Result, bail};
use dashtam_persistence::Database;
use serde_json::json;

use super::{Ring, report, walk};
use crate::commands::say;

pub(super) async fn run(ring: &Ring, database: &Database, json: bool) -> Result<()> {
    let census = walk::census(&ring.stored_secrets(database), &ring.sources).await?;
    let unreadable = report::unreadable(&census.unreadable);
    if json {
        let keys = report::keys(ring, Some(&census.by_key));
        let columns = report::columns(&census, &[]);
        let report =
            json!({"from": ring.origin(), "keys": keys, "columns": columns, "unreadable": unreadable});
        say(&report.to_string())?;
    } else {
        say(&report::table(ring, Some(&census.by_key)))?;
        say(&report::columns_table(&census, None))?;
        for place in &census.unreadable {
            say(&place.to_string())?;
        }
    }
    if unreadable.is_empty() {
        return Ok(());
    }
    bail!("no key opens {} stored value(s): {}", unreadable.len(), report::UNREADABLE)
}
