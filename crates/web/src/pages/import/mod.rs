//! Statement files: chosen, looked through, imported, and taken back.
//!
//! Between looking and importing nothing of a file is stored: the page holds a small one and sends it again. A larger one
//! is imported at once, and can be undone. Several files are looked through and imported one by one.

mod batch;
mod look;
mod reading;
mod report;

use askama::Template;
use base64::{Engine, prelude::BASE64_STANDARD as BASE64};
use dashtam_api::{Problem, visit::Upload};
use dashtam_application::{
    imports::{AccountChoice, AccountProblem, ImportError, ImportStatement, ProfileChoice},
    ledger::{LedgerError, ListAccounts},
};
use dashtam_domain::{
    call::Call,
    delivery::idempotency::StoredAnswer,
    ledger::{
        AccountSource, Import,
        statement::{StatementError, TableSample},
    },
};
use tracing::Instrument;

use self::{look::Asks, reading::Wanted, report::ImportRow};
use super::rows;
use crate::{
    forms,
    frame::Frame,
    reply::{Outcome, Reply},
    visit::Visit,
};

pub(crate) use report::{report, undo};

/// The largest file that a page holds between looking and importing: 2 MiB.
const HELD: usize = 2 << 20;

/// What the field of the account says for one that is made for the file.
const NEW: &str = "new";

/// An account to choose.
struct AccountOption {
    key: String,
    label: String,
    is_chosen: bool,
}

#[derive(Template)]
#[template(path = "import.html")]
struct Page {
    frame: Frame,
    once: String,
    accounts: Vec<AccountOption>,
    error: Option<String>,
    rows: Vec<ImportRow>,
    more: Option<String>,
}

/// A file as it came, by itself or held by the page before.
struct File {
    name: Option<String>,
    content: Vec<u8>,
    /// How it was asked to be read, as JSON; empty where that was not said.
    profile: String,
    /// Its first lines, where it can be said how it is read.
    sample: Option<TableSample>,
}

pub(crate) async fn show(visit: Visit) -> Outcome {
    choosing(&visit, None).await
}

async fn choosing(visit: &Visit, error: Option<String>) -> Outcome {
    let (rows, more) = report::list(visit).await?;
    let page = Page {
        frame: visit.frame("Import a file", "connections"),
        once: visit.once(),
        accounts: accounts(visit).await?,
        error,
        rows,
        more,
    };
    forms::shown(&page, page.error.is_some())
}

/// A new account and those of imported files; the one that the form names is chosen.
async fn accounts(visit: &Visit) -> Result<Vec<AccountOption>, LedgerError> {
    let ledger = visit.dashtam().ledger();
    let all = rows::whole(|after, limit| {
        ledger.accounts(&visit.call, ListAccounts { connection: None, after, limit })
    })
    .await?;
    let chosen = visit.form.text("account");
    let new =
        AccountOption { key: NEW.to_owned(), label: "A new account".to_owned(), is_chosen: chosen == NEW };
    let of_files = all.iter().filter(|account| matches!(account.source, AccountSource::Files { .. }));
    let option = |account: &dashtam_domain::ledger::Account| {
        let about = rows::about(account);
        AccountOption {
            is_chosen: account.id.to_string() == chosen,
            key: account.id.to_string(),
            label: [account.shown_name(), &about]
                .into_iter()
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join(", "),
        }
    };
    Ok(std::iter::once(new).chain(of_files.map(option)).collect())
}

/// Looks through a file, or imports it.
pub(crate) async fn send(mut visit: Visit) -> Outcome {
    if batch::is_one(&visit) {
        return batch::send(&mut visit).await;
    }
    let Some(file) = received(&mut visit)? else {
        return choosing(&visit, Some("Choose a file first.".to_owned())).await;
    };
    let imports_it = visit.form.text("act") == "import";
    let is_held = file.content.len() <= HELD;
    if !is_held && !imports_it {
        let error = "Files of more than 2 MiB are not looked through first. Choose the file again and import it at \
                     once; an import can be undone.";
        return choosing(&visit, Some(error.to_owned())).await;
    }
    let (account, Wanted { profile, is_changed }) = match said(&visit, &file) {
        Ok(said) => said,
        Err(asks) => return ask(&visit, &file, asks).await,
    };
    let held = File {
        name: file.name.clone(),
        content: if is_held { file.content.clone() } else { Vec::new() },
        profile: profile.as_ref().map(|profile| profile.to_json().to_string()).unwrap_or_default(),
        sample: file.sample,
    };
    let statement = ImportStatement {
        file_name: file.name,
        file: file.content,
        account,
        profile: profile.map(|profile| ProfileChoice::Given(Box::new(profile))),
    };
    // What somebody says anew of a table is shown before it counts.
    if !imports_it || (is_changed && is_held) {
        return look::look(&visit, held, statement).await;
    }
    match import(&visit, visit.call.clone(), statement).await? {
        Ok(import) => Ok(Reply::to(place(&import))),
        Err(error) => refused(&visit, &held, error).await,
    }
}

/// Imports in a task of its own, which ends even if the browser goes away.
async fn import(
    visit: &Visit,
    call: Call,
    statement: ImportStatement,
) -> Result<Result<Import, ImportError>, Problem> {
    let imports = visit.dashtam().imports().clone();
    let present = |import: &Import| StoredAnswer { status: 303, body: place(import) };
    let task = async move { imports.create(&call, statement, present).await };
    let ended = actix_web::rt::spawn(task.in_current_span()).await;
    ended.map_err(|error| Problem::internal(format!("the import's task ended early: {error}")))
}

fn place(import: &Import) -> String {
    format!("/imports/{}?said=imported", import.id)
}

/// Asks for what is missing, if a person can say it.
async fn refused(visit: &Visit, file: &File, error: ImportError) -> Outcome {
    let asks = match &error {
        ImportError::Account(problem) => Asks::Account(account_words(*problem)),
        ImportError::Unusable(StatementError::Unclear { reason, .. }) => Asks::Reading(vec![reason.clone()]),
        ImportError::UnknownProfile | ImportError::ProfileNotNeeded => Asks::Reading(vec![error.to_string()]),
        ImportError::TooLong(_) => Asks::AtOnce,
        ImportError::Unusable(_) => return choosing(visit, Some(error.to_string())).await,
        _ => return Err(error.into()),
    };
    ask(visit, file, asks).await
}

/// Asks on the page that holds the file; of one that is too large for that where files are chosen.
async fn ask(visit: &Visit, file: &File, asks: Asks) -> Outcome {
    let words = match asks {
        asks if (1..=HELD).contains(&file.content.len()) => return look::ask(visit, file, asks).await,
        Asks::Account(words) => format!("{words} Then choose the file again."),
        Asks::Reading(words) => format!(
            "{} A file of this size cannot be asked about here: split it, or say it by the API.",
            words.join(" ")
        ),
        Asks::AtOnce => "It has too many rows to be looked through. Import it at once.".to_owned(),
    };
    choosing(visit, Some(words)).await
}

fn account_words(problem: AccountProblem) -> String {
    match problem {
        AccountProblem::Needed => "The file does not say which account it is about. Choose one.",
        AccountProblem::Uncertain => {
            "An account with the same ending is known, and whether the file is about it can no longer be told. Choose \
             it, or a new account."
        }
        AccountProblem::Unknown => "That account is not there any more. Choose another one.",
        AccountProblem::Connected => {
            "That account comes by a connection, and rows of a file would be there twice. Choose another one."
        }
        AccountProblem::OtherCurrency => "That account has another currency than the file. Choose another one.",
        AccountProblem::Several => {
            "The file has statements of several accounts and names none of them. Export each into a file of its own."
        }
        AccountProblem::NotNeeded => "The file says itself which account it is about. Choose \u{201c}As the file says\u{201d}.",
    }
    .to_owned()
}

/// The file of the form, or the one that the page before held; of several, the one whose button was pressed.
fn received(visit: &mut Visit) -> Result<Option<File>, Problem> {
    let file = match (visit.files.pop(), batch::chosen(visit)) {
        (Some(file), _) => come(visit, file),
        (None, Some(at)) => held(visit, &format!("-{at}"))?,
        (None, None) if !visit.form.has("content") => return Ok(None),
        (None, None) => held(visit, "")?,
    };
    Ok(Some(file))
}

/// A file that came by itself.
fn come(visit: &Visit, file: Upload) -> File {
    let sample = visit.dashtam().imports().sample(&file.content);
    File { name: file.name, content: file.content, profile: String::new(), sample }
}

/// A file that the page before held, in fields whose names end like this.
fn held(visit: &Visit, ending: &str) -> Result<File, Problem> {
    let text = |name: &str| visit.form.text(&format!("{name}{ending}")).to_owned();
    let malformed = |_| Problem::field("content", "malformed", "Choose the file again.");
    let content = BASE64.decode(text("content")).map_err(malformed)?;
    let sample = visit.dashtam().imports().sample(&content);
    let name = Some(text("name")).filter(|name| !name.is_empty());
    Ok(File { name, content, profile: text("profile"), sample })
}

/// The account that the form names, and how the file is read.
fn said(visit: &Visit, file: &File) -> Result<(Option<AccountChoice>, Wanted), Asks> {
    let account = match visit.form.text("account") {
        "" => None,
        NEW => Some(AccountChoice::New),
        id => {
            let unknown = |_| Asks::Account(account_words(AccountProblem::Unknown));
            Some(id.parse().map(AccountChoice::Existing).map_err(unknown)?)
        }
    };
    match reading::wanted(&visit.form, file.sample.as_ref()) {
        Ok(wanted) => Ok((account, wanted)),
        Err(errors) => Err(Asks::Reading(errors.into_iter().map(|error| error.message).collect())),
    }
}
