//! Several files at once: each is looked through and imported by itself, so that one that cannot be used costs no other.

use askama::Template;
use base64::{Engine, prelude::BASE64_STANDARD as BASE64};
use dashtam_api::Problem;
use dashtam_application::{
    errors::CommonError,
    imports::{ImportError, ImportStatement, PreviewImport, ProfileChoice},
};
use dashtam_domain::{
    call::{Call, Once},
    ledger::Import,
    page::Limit,
};

use super::{
    File, HELD, account_words, choosing, come, held, import,
    look::{Asks, size},
    place,
    reading::Wanted,
    said,
};
use crate::{
    forms,
    frame::Frame,
    reply::{Outcome, Reply},
    visit::Visit,
    words,
};

/// So many files are taken at once.
const MOST: usize = 20;

/// What became of a file, or would become of it.
enum Fate {
    /// What importing it would do.
    Fits(Vec<String>),
    /// Where the import is shown.
    Imported(String),
    /// Why it cannot be imported, in words.
    Refused(String),
}

/// A file of the page.
struct Row {
    name: String,
    size: String,
    tone: &'static str,
    word: &'static str,
    /// What there is to say, a part each.
    words: Vec<String>,
    /// Where its import is.
    place: Option<String>,
    /// What the page holds of it: its number among those that are still to be imported, and its content.
    held: Option<(usize, String)>,
}

#[derive(Template)]
#[template(path = "import_batch.html")]
struct Page<'a> {
    frame: Frame,
    once: String,
    account: &'a str,
    /// How many files the page holds.
    files: usize,
    /// Whether some of them can be imported as they are.
    can_import: bool,
    rows: Vec<Row>,
}

/// Whether the form is about several files.
pub(super) fn is_one(visit: &Visit) -> bool {
    visit.files.len() > 1 || (visit.files.is_empty() && count(visit) > 0 && chosen(visit).is_none())
}

/// How many files the page before held.
fn count(visit: &Visit) -> usize {
    visit.form.text("files").parse().unwrap_or_default()
}

/// Of several files, the number of the one that is to be looked at by itself.
pub(super) fn chosen(visit: &Visit) -> Option<usize> {
    visit.form.text("only").parse().ok().filter(|at| *at < count(visit).min(MOST))
}

/// Looks through several files, or imports them one after the other.
pub(super) async fn send(visit: &mut Visit) -> Outcome {
    let files = received(visit)?;
    let imports = visit.form.text("act") == "import";
    let is_held = files.iter().map(|file| file.content.len()).sum::<usize>() <= HELD;
    if !is_held && !imports {
        let error = "Files of more than 2 MiB together are not looked through first. Choose fewer, or choose them again \
                     and import them at once; each import can be undone.";
        return choosing(visit, Some(error.to_owned())).await;
    }
    let (mut rows, mut waiting) = (Vec::with_capacity(files.len()), 0);
    for (at, file) in files.into_iter().enumerate() {
        let fate = if imports { imported(visit, at, &file).await? } else { looked(visit, &file).await? };
        let is_done = matches!(fate, Fate::Imported(_));
        let number = (!is_done && is_held && !file.content.is_empty()).then_some(waiting);
        waiting += usize::from(number.is_some());
        rows.push(row(file, fate, number));
    }
    if rows.iter().all(|row| row.place.is_some()) {
        return Ok(Reply::to("/import?said=files-imported"));
    }
    let page = Page {
        frame: visit.frame("Import several files", "connections"),
        once: visit.once(),
        account: visit.form.text("account"),
        files: waiting,
        can_import: rows.iter().any(|row| row.tone == "good" && row.held.is_some()),
        rows,
    };
    forms::shown(&page, page.rows.iter().any(|row| row.tone == "bad"))
}

/// The files of the form, or those that the page before held.
fn received(visit: &mut Visit) -> Result<Vec<File>, Problem> {
    let files = std::mem::take(&mut visit.files);
    if files.is_empty() {
        return (0..count(visit).min(MOST)).map(|at| held(visit, &format!("-{at}"))).collect();
    }
    Ok(files.into_iter().map(|file| come(visit, file)).collect())
}

/// What is to be imported of a file, or what has to be said of it first.
fn statement(visit: &Visit, file: &File) -> Result<ImportStatement, String> {
    let (account, Wanted { profile, .. }) = said(visit, file).map_err(|asks| match asks {
        Asks::Account(words) => words,
        Asks::Reading(words) => words.join(" "),
        Asks::AtOnce => String::new(),
    })?;
    Ok(ImportStatement {
        file_name: file.name.clone(),
        file: file.content.clone(),
        account,
        profile: profile.map(|profile| ProfileChoice::Given(Box::new(profile))),
    })
}

/// What importing a file would do.
async fn looked(visit: &Visit, file: &File) -> Result<Fate, Problem> {
    let statement = match statement(visit, file) {
        Ok(statement) => statement,
        Err(words) => return Ok(Fate::Refused(words)),
    };
    let limit = Limit::new(1).unwrap_or_default();
    let asked = PreviewImport { statement, after: 0, limit };
    match visit.dashtam().imports().preview(&visit.call, asked).await {
        Ok(preview) => {
            let mut words = counts(&preview.import);
            let accounts = preview.accounts.iter().map(|told| match told.is_new {
                true => format!("a new account: {}", told.account.shown_name()),
                false => told.account.shown_name().to_owned(),
            });
            words.extend(accounts);
            Ok(Fate::Fits(words))
        }
        Err(ImportError::TooLong(_)) => {
            Ok(Fate::Fits(vec!["too many rows to be looked through first".to_owned()]))
        }
        Err(error) => Ok(Fate::Refused(told(error)?)),
    }
}

/// Imports a file, once for its place in one form.
async fn imported(visit: &Visit, at: usize, file: &File) -> Result<Fate, Problem> {
    let statement = match statement(visit, file) {
        Ok(statement) => statement,
        Err(words) => return Ok(Fate::Refused(words)),
    };
    match import(visit, once_for(&visit.call, at), statement).await? {
        Ok(import) => Ok(Fate::Imported(place(&import))),
        // The form was sent before, and this file of it was imported then.
        Err(ImportError::Common(CommonError::Replay(before))) => Ok(Fate::Imported(before.body)),
        Err(error) => Ok(Fate::Refused(told(error)?)),
    }
}

/// The call with a key of its own for this file of the form.
fn once_for(call: &Call, at: usize) -> Call {
    let once = call.once.as_ref().and_then(|once| {
        let key = format!("{}-{at}", once.key.as_str()).parse().ok()?;
        Some(Once { key, fingerprint: once.fingerprint })
    });
    Call { once, ..call.clone() }
}

/// Why a file cannot be imported, where that is about the file; everything else is a problem of all.
fn told(error: ImportError) -> Result<String, Problem> {
    match error {
        ImportError::Account(problem) => Ok(account_words(problem)),
        ImportError::Unusable(_)
        | ImportError::UnknownProfile
        | ImportError::ProfileNotNeeded
        | ImportError::Interrupted
        | ImportError::InDoubt(_) => Ok(error.to_string()),
        _ => Err(error.into()),
    }
}

fn counts(import: &Import) -> Vec<String> {
    let counts = import.counts;
    let parts = [(counts.taken, "new"), (counts.known, "already here"), (counts.refused, "refused")];
    let parts = parts.into_iter().filter(|(count, _)| *count > 0);
    let told: Vec<String> = parts.map(|(count, what)| format!("{} {what}", words::count(count))).collect();
    if told.is_empty() { vec!["no rows".to_owned()] } else { told }
}

fn row(file: File, fate: Fate, number: Option<usize>) -> Row {
    let name = file.name.clone().unwrap_or_else(|| "A file".to_owned());
    let size = size(file.content.len());
    let held = number.map(|at| (at, BASE64.encode(&file.content)));
    let (tone, word, words, place) = match fate {
        Fate::Fits(words) => ("good", "Can be imported", words, None),
        Fate::Imported(place) => ("good", "Imported", Vec::new(), Some(place)),
        Fate::Refused(words) => ("bad", "Not imported", vec![words], None),
    };
    Row { name, size, tone, word, words, place, held }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_about_one_file_costs_no_other() {
        for of_file in [ImportError::UnknownProfile, ImportError::Interrupted] {
            assert!(told(of_file).is_ok());
        }
        assert!(told(ImportError::NotFound).is_err());
    }
}
