//! `dashtam restore-account`: the archive of an account becomes that account on this server.

mod archive;

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use dashtam_application::{Dashtam, administration::WelcomeBack};
use dashtam_domain::{call::Call, identity::EmailAddress, sources::Sources, store::StoreError};
use dashtam_persistence::{Database, Restoration, RestoreError};
use serde_json::json;

use self::archive::{Archive, Description, Row};
use super::{program, say, tell};
use crate::cli;

/// How often somebody who waits is told how far it is.
const PROGRESS: Duration = Duration::from_secs(2);
/// What a restoration that failed leaves behind.
const NOTHING: &str = "nothing was stored";

pub(crate) async fn run(arguments: cli::RestoreAccount) -> Result<()> {
    // A file that is not whole is refused before anything is opened or made.
    tell("Reading the archive …");
    let found = archive::describe(&arguments.file)?;
    let email = match &arguments.email {
        Some(email) => email.clone(),
        None => found
            .email
            .parse()
            .context("the archive's e-mail address cannot be used; give one with --email")?,
    };
    let (dashtam, database, sources) = program(&arguments.sources).await?;
    let done = restore(&arguments, &found, &email, &dashtam, &database, &sources).await;
    database.close().await;
    done
}

async fn restore(
    arguments: &cli::RestoreAccount,
    found: &Description,
    email: &EmailAddress,
    dashtam: &Dashtam,
    database: &Database,
    sources: &Sources,
) -> Result<()> {
    let call = Call::system(sources.clock.now());
    tell("Bringing it back …");
    let begun = database.begin_restoration(found.user, email.clone(), call.now).await;
    let mut restoration = begun.map_err(|error| explained(error, email))?;
    if let Err(error) = take_all(&mut restoration, arguments, found.rows).await {
        restoration.abandon().await;
        return Err(error.context(NOTHING));
    }
    let nothing = |error| explained(error, email).context(NOTHING);
    let mut restored = restoration.checked().await.map_err(nothing)?;
    let parts = restored.rows().to_vec();
    if arguments.dry_run {
        restored.abandon().await;
        return show(arguments, found, email, &parts, None);
    }
    // The link and the line of the trail are there with the account, or neither is.
    let request = WelcomeBack { user: found.user };
    let begun = match dashtam.administration().welcome_back(&call, restored.work(), request).await {
        Ok(begun) => begun,
        Err(error) => {
            restored.abandon().await;
            return Err(anyhow::Error::new(error).context(NOTHING));
        }
    };
    restored.commit().await.map_err(|error| {
        let stored = match &error {
            StoreError::Uncertain(_) => {
                "the database went away before it said whether the account is stored; dashtam admin show tells"
            }
            _ => NOTHING,
        };
        explained(error.into(), email).context(stored)
    })?;
    let link = begun.link.as_ref().map_or("", |link| link.as_str());
    show(arguments, found, email, &parts, Some((link, begun.time.num_hours())))
}

/// Takes every stored row of the file, which is believed only when its last line was read once more.
async fn take_all(restoration: &mut Restoration, arguments: &cli::RestoreAccount, rows: u64) -> Result<()> {
    let mut archive = Archive::open(&arguments.file)?;
    let (mut taken, mut told) = (0_u64, Instant::now());
    while let Some(Row { part, row }) = archive.next_row()? {
        restoration.take(&part, &row).await?;
        taken += 1;
        if told.elapsed() >= PROGRESS {
            told = Instant::now();
            tell(&format!("{taken} of {rows} rows"));
        }
    }
    #[cfg(debug_assertions)]
    crate::failpoints::pass("restoring-written").await;
    Ok(())
}

/// What to do about it.
fn explained(error: RestoreError, email: &EmailAddress) -> anyhow::Error {
    let advice = match &error {
        RestoreError::AccountThere => {
            "the account of this archive is on this server already, and is left as it is".to_owned()
        }
        RestoreError::EmailTaken => {
            format!("another account here has the address {}; give another one with --email", email.as_str())
        }
        _ => "the account cannot be brought back".to_owned(),
    };
    anyhow::Error::new(error).context(advice)
}

fn show(
    arguments: &cli::RestoreAccount,
    found: &Description,
    email: &EmailAddress,
    parts: &[(&'static str, u64)],
    link: Option<(&str, i64)>,
) -> Result<()> {
    let rows: u64 = parts.iter().map(|(_, rows)| rows).sum();
    if arguments.json {
        let parts: serde_json::Map<_, _> =
            parts.iter().map(|(name, rows)| ((*name).to_owned(), json!(rows))).collect();
        return say(&json!({
            "user_id": found.user.to_string(),
            "email": email.as_str(),
            "archived_at": found.created_at.to_string(),
            "rows": rows,
            "parts": parts,
            "dry_run": arguments.dry_run,
            "link": link.map(|(link, _)| link),
        })
        .to_string());
    }
    let email = email.as_str();
    let Some((link, hours)) = link else {
        say(&format!("{email}: {rows} rows as they were at {} can be brought back.", found.created_at))?;
        return say("Nothing was stored: this was a dry run.");
    };
    say(&format!("{email} is back: {rows} rows as they were at {}.", found.created_at))?;
    tell("Connections have to be linked again, and webhooks need new secrets.");
    say(&format!("The owner chooses a password within {hours} hours:"))?;
    say(link)
}
