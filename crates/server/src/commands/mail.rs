//! `dashtam mail`.

use anyhow::{Context, Result};
use dashtam_application::{
    Dashtam,
    delivery::{DropDeadLetter, ListDeadLetters, RetryDeadLetter},
};
use dashtam_domain::{
    call::Call,
    delivery::{
        DeadLetter, Receipt,
        mail::{Mail, MailContent},
    },
    id::OutboxId,
    identity::EmailAddress,
};
use dashtam_persistence::Database;
use serde_json::json;

use super::{program, say, settings};
use crate::{cli, first_start, wiring};

pub(crate) async fn run(command: cli::Mail) -> Result<()> {
    match command {
        cli::Mail::Test { sources, to, json } => test(&sources, to, json).await,
        cli::Mail::Dead(cli::DeadLetters::List { sources, json }) => list(&sources, json).await,
        cli::Mail::Dead(cli::DeadLetters::Retry { sources, id, json }) => {
            let (dashtam, database, call) = open(&sources).await?;
            let retried = dashtam.delivery().retry_dead_letter(&call, RetryDeadLetter { id }).await;
            database.close().await;
            retried.context(HINT)?;
            done(id, "retried", "is sent again by a running server", json)
        }
        cli::Mail::Dead(cli::DeadLetters::Drop { sources, id, json }) => {
            let (dashtam, database, call) = open(&sources).await?;
            let dropped = dashtam.delivery().drop_dead_letter(&call, DropDeadLetter { id }).await;
            database.close().await;
            dropped.context(HINT)?;
            done(id, "dropped", "was removed", json)
        }
    }
}

const HINT: &str = "nothing was changed; `dashtam mail dead list` shows the mails that were given up";

fn done(id: OutboxId, word: &str, what: &str, as_json: bool) -> Result<()> {
    if as_json {
        say(&json!({"id": id.to_string(), "status": word}).to_string())
    } else {
        say(&format!("The mail {id} {what}."))
    }
}

/// Sends one mail past the outbox, so that it needs no database and its answer is there at once.
async fn test(options: &cli::Sources, to: EmailAddress, as_json: bool) -> Result<()> {
    let (mut settings, profile, _) = settings(options, Vec::new())?;
    let sources = dashtam_local::sources();
    let directory = first_start::prepare(&mut settings, profile, &sources)?;
    let mailer = wiring::mail::mailer(&settings.mail, &directory.outbox, &sources)?;
    let id = OutboxId(sources.ids.next());
    let name = "there".parse().context("the greeting is not a name")?;
    let mail = Mail { id, to, name, content: MailContent::Test };
    let Receipt(answer) = mailer.send(&mail).await.context(
        "the test mail was not delivered; look at mail.transport and what belongs to it with `dashtam config check`",
    )?;
    if as_json {
        say(&json!({"id": id.to_string(), "answer": answer}).to_string())
    } else {
        say(&format!("The test mail was taken: {answer}"))
    }
}

/// Opens the program on the configured database, without any institution.
async fn open(options: &cli::Sources) -> Result<(Dashtam, Database, Call)> {
    let (dashtam, database, sources) = program(options).await?;
    Ok((dashtam, database, Call::system(sources.clock.now())))
}

async fn list(options: &cli::Sources, as_json: bool) -> Result<()> {
    let (dashtam, database, call) = open(options).await?;
    let mut letters: Vec<DeadLetter> = Vec::new();
    let mut after = None;
    loop {
        let request = ListDeadLetters { after, ..ListDeadLetters::default() };
        let page = dashtam.delivery().dead_letters(&call, request).await?;
        letters.extend(page.items);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    database.close().await;
    if as_json {
        let shown = letters.iter().map(|letter| {
            json!({
                "id": letter.id.to_string(),
                "event": letter.event,
                "user_id": letter.user.to_string(),
                "attempts": letter.attempts,
                "created_at": letter.created_at.to_string(),
                "last_error": letter.last_error,
            })
        });
        return say(&serde_json::Value::from_iter(shown).to_string());
    }
    if letters.is_empty() {
        return say("No mail was given up.");
    }
    let mut table = crate::commands::tables::fitting();
    table.set_header(["Id", "Event", "User", "Attempts", "Created", "Last error"]);
    for letter in letters {
        table.add_row([
            letter.id.to_string(),
            letter.event,
            letter.user.to_string(),
            letter.attempts.to_string(),
            letter.created_at.to_string(),
            letter.last_error.unwrap_or_default(),
        ]);
    }
    say(&table.to_string())
}
