//! Files that are prepared: asked for, watched, fetched.

use std::collections::BTreeMap;

use askama::Template;
use dashtam_api::{ExportWriters, Problem};
use dashtam_application::exports::{ListExports, RemoveExport};
use dashtam_domain::{
    delivery::idempotency::StoredAnswer,
    id::ExportId,
    ledger::{ExportFailure, ExportJob, ExportState},
    time::Timestamp,
};

use super::Wrong;
use crate::{
    frame::Frame,
    reply::{Outcome, Reply},
    visit::Visit,
    words,
};

const PLACE: &str = "/settings/exports";

/// What can be in a file: its name among the parameters of an export, and words.
const KINDS: [(&str, &str); 5] = [
    ("transactions", "Transactions"),
    ("holdings", "Holdings as they are now"),
    ("balances", "Recorded balances"),
    ("lots", "Lots of what is held"),
    ("closings", "What sales gained"),
];

/// What sort of file it can be. The last ones hold transactions only.
const FORMATS: [(&str, &str); 5] = [
    ("csv", "Table (CSV)"),
    ("jsonl", "JSON, one object a line"),
    ("ofx", "OFX, of transactions only"),
    ("hledger", "hledger, of transactions only"),
    ("beancount", "beancount, of transactions only"),
];

struct Row {
    id: String,
    name: String,
    state: &'static str,
    tone: &'static str,
    sentence: String,
    is_done: bool,
    is_open: bool,
}

/// A choice: its value, words, and whether it is chosen.
type Choice = (&'static str, &'static str, bool);

#[derive(Template)]
#[template(path = "settings_exports.html")]
struct Page {
    frame: Frame,
    section: &'static str,
    rows: Vec<Row>,
    is_open: bool,
    kinds: Vec<Choice>,
    formats: Vec<Choice>,
    once: String,
    from: String,
    to: String,
    wrong: Wrong,
}

/// So many bytes in words.
fn size(bytes: i64) -> String {
    match bytes {
        ..1_024 => words::counted(bytes, "byte", "bytes"),
        1_024..1_048_576 => format!("{} KiB", words::count(bytes / 1_024)),
        _ => format!("{} MiB", words::count(bytes / 1_048_576)),
    }
}

fn row(job: &ExportJob, now: Timestamp) -> Row {
    let (state, tone) = match job.state {
        ExportState::Waiting => ("Waiting", "busy"),
        ExportState::Running => ("Being prepared", "busy"),
        ExportState::Done => ("Ready", "good"),
        ExportState::Failed | ExportState::Removed => ("Given up", "bad"),
    };
    let rows = words::counted(job.rows, "row", "rows");
    let sentence = match (job.state, job.failure, job.expires_at) {
        (ExportState::Failed, failure, _) => match failure {
            Some(ExportFailure::NotThere) => "What it asks for is not there any more.".to_owned(),
            Some(ExportFailure::TooLarge) => {
                "It would be larger than 1 GiB, or is made of too many transactions.".to_owned()
            }
            Some(ExportFailure::AccountUnusable) => "The account could not be used.".to_owned(),
            Some(ExportFailure::Broken) | None => "It broke several times. Ask again later.".to_owned(),
        },
        (ExportState::Done, _, Some(expires)) => {
            format!("{rows}, {}; it goes {}.", size(job.bytes), words::until(expires, now))
        }
        (ExportState::Waiting, ..) => format!("Asked for {}.", words::ago(job.created_at, now)),
        _ => match job.total {
            Some(total) => format!("{} of {}.", words::count(job.rows), words::counted(total, "row", "rows")),
            None => format!("{rows} so far."),
        },
    };
    Row {
        id: job.id.to_string(),
        name: job.file_name.clone(),
        state,
        tone,
        sentence,
        is_done: job.has_file(now),
        is_open: job.state.is_open(),
    }
}

async fn page(visit: &Visit, wrong: Wrong) -> Outcome {
    let jobs = visit.dashtam().exports().list(&visit.call, ListExports).await?;
    let is_open = jobs.iter().any(|job| job.state.is_open());
    let chosen = |name: &str, all: [(&'static str, &'static str); 5]| -> Vec<Choice> {
        all.into_iter().map(|(value, words)| (value, words, value == visit.form.text(name))).collect()
    };
    let mut formats = chosen("format", FORMATS);
    if ExportWriters::HAS_PARQUET {
        formats.push(("parquet", "Parquet", visit.form.text("format") == "parquet"));
    }
    let page = Page {
        // Without a script it is not shown again by itself: what is typed into the form meanwhile would be lost.
        frame: visit.frame("Prepared exports", "settings"),
        section: "data",
        rows: jobs.iter().map(|job| row(job, visit.now())).collect(),
        is_open,
        kinds: chosen("kind", KINDS),
        formats,
        once: visit.once(),
        from: visit.form.text("from").to_owned(),
        to: visit.form.text("to").to_owned(),
        wrong,
    };
    page.wrong.shown(&page)
}

pub(crate) async fn show(visit: Visit) -> Outcome {
    page(&visit, Wrong::default()).await
}

/// Lets a file be prepared.
pub(crate) async fn ask(visit: Visit) -> Outcome {
    let told = ["kind", "format", "from", "to"].map(|name| (name, visit.form.text(name)));
    let told = told.into_iter().filter(|(_, text)| !text.is_empty());
    let asked: BTreeMap<String, String> =
        told.map(|(name, text)| (name.to_owned(), text.to_owned())).collect();
    let Some(wanted) = ExportWriters::wanted(asked, visit.today()) else {
        let told = "There is no such file: only transactions and what sales gained are of certain days, and \
                    some sorts of files hold transactions only.";
        return page(&visit, Wrong::at("format", told)).await;
    };
    let present = |_: &ExportJob| StoredAnswer { status: 303, body: PLACE.to_owned() };
    match visit.dashtam().exports().ask(&visit.call, wanted, present).await.map_err(Problem::from) {
        Ok(_) => Ok(Reply::to(PLACE)),
        Err(problem) if problem.code() == "too-many-exports" => {
            page(&visit, Wrong::at("format", problem.detail())).await
        }
        Err(problem) if problem.code() == "invalid-request" => {
            page(&visit, Wrong::at("format", "The days must not end before they begin.")).await
        }
        Err(problem) => Err(problem),
    }
}

/// Removes a file, or stops whoever prepares it.
pub(crate) async fn remove(visit: Visit) -> Outcome {
    let export: ExportId = visit.id()?;
    visit.dashtam().exports().remove(&visit.call, RemoveExport { export }).await?;
    Ok(Reply::to(format!("{PLACE}?said=export-removed")))
}
