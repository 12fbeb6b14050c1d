//! A file looked through: what would become of each row, or what has to be said first.

use askama::Template;
use base64::{Engine, prelude::BASE64_STANDARD as BASE64};
use dashtam_application::imports::{ImportPreview, ImportStatement, PreviewImport, PreviewRow, RowFate};
use dashtam_domain::{
    ledger::statement::{LayoutOrigin, StatementProblem},
    money::{Currency, Decimal},
    page::Limit,
};
use serde_json::Value;

use super::{
    AccountOption, File, accounts,
    reading::{self, Reading},
    refused,
};
use crate::{
    forms,
    frame::Frame,
    reply::{Outcome, Reply},
    visit::Visit,
    words::{self, Money},
};

/// What somebody has to say before a file can be looked through.
pub(super) enum Asks {
    /// Which account it is about.
    Account(String),
    /// How it is read.
    Reading(Vec<String>),
    /// Whether it is imported without being looked through: it has too many rows for that.
    AtOnce,
}

#[derive(Template)]
#[template(path = "import_look.html")]
struct Page {
    frame: Frame,
    once: String,
    name: String,
    content: String,
    size: String,
    /// What was said of the account; empty where the file says it.
    account: String,
    asks_account: bool,
    accounts: Vec<AccountOption>,
    /// How the file was asked to be read, and how it is read: JSON.
    profile: String,
    layout: String,
    errors: Vec<String>,
    reading: Option<Reading>,
    asks_reading: bool,
    at_once: bool,
    found: Option<Found>,
}

/// What an import would do.
struct Found {
    format: String,
    layout: Option<String>,
    counts: Vec<String>,
    accounts: Vec<AccountFound>,
    sums: Vec<String>,
    rows: Vec<RowFound>,
    more: Option<u64>,
    notes: Vec<(u64, String)>,
}

struct AccountFound {
    name: String,
    about: String,
    is_new: bool,
    stated: Option<Money>,
    balance: Option<Money>,
}

struct RowFound {
    line: u64,
    fate: &'static str,
    tone: &'static str,
    day: String,
    iso: String,
    text: String,
    amount: Option<Money>,
    reason: Option<String>,
}

/// Looks through a file.
pub(super) async fn look(visit: &Visit, file: File, statement: ImportStatement) -> Outcome {
    let after = visit.form.text("after").parse().unwrap_or_default();
    let limit = Limit::new(Limit::MAX).unwrap_or_default();
    let asked = PreviewImport { statement, after, limit };
    let preview = match visit.dashtam().imports().preview(&visit.call, asked).await {
        Ok(preview) => preview,
        Err(error) => return refused(visit, &file, error).await,
    };
    let layout = preview.layout.as_ref().map(|layout| layout.profile.to_json());
    let mut page = page(visit, &file, layout.as_ref()).await?;
    page.found = Some(found(&preview, after));
    Reply::page(&page)
}

/// Asks for what has to be said first.
pub(super) async fn ask(visit: &Visit, file: &File, asks: Asks) -> Outcome {
    let mut page = page(visit, file, None).await?;
    match asks {
        Asks::Account(words) => (page.asks_account, page.errors) = (true, vec![words]),
        Asks::Reading(words) => (page.asks_reading, page.errors) = (true, words),
        Asks::AtOnce => page.at_once = true,
    }
    Reply::page(&page).map(forms::refused)
}

async fn page(visit: &Visit, file: &File, layout: Option<&Value>) -> Result<Page, dashtam_api::Problem> {
    let said = visit.form.text("layout");
    let read = |text: &str| serde_json::from_str(text).ok();
    let known = layout.cloned().or_else(|| read(said)).or_else(|| read(&file.profile)).unwrap_or_default();
    let name = file.name.clone().unwrap_or_default();
    Ok(Page {
        frame: visit.frame(
            if name.is_empty() { "Import a file".to_owned() } else { format!("Import {name}") },
            "connections",
        ),
        once: visit.once(),
        name,
        content: BASE64.encode(&file.content),
        size: size(file.content.len()),
        account: visit.form.text("account").to_owned(),
        asks_account: false,
        accounts: accounts(visit).await?,
        profile: file.profile.clone(),
        layout: layout.map(Value::to_string).unwrap_or_else(|| said.to_owned()),
        errors: Vec::new(),
        reading: file.sample.as_ref().map(|sample| reading::choices(&visit.form, sample, &known)),
        asks_reading: false,
        at_once: false,
        found: None,
    })
}

pub(super) fn size(bytes: usize) -> String {
    match bytes {
        0..1_024 => words::counted(i64::try_from(bytes).unwrap_or_default(), "byte", "bytes"),
        1_024..1_048_576 => format!("{} KiB", bytes.div_ceil(1_024)),
        _ => format!("{} MiB", bytes.div_ceil(1_048_576)),
    }
}

fn found(preview: &ImportPreview, after: u64) -> Found {
    let ImportPreview { import, changed, accounts, rows, layout } = preview;
    let counts = import.counts;
    let currency_of = |row: &PreviewRow| -> Currency {
        let own = row.says.as_ref().and_then(|says| says.currency);
        let account = accounts.iter().find(|told| Some(told.account.id) == row.account);
        own.or(account.map(|told| told.account.currency)).unwrap_or(Currency::NONE)
    };
    let parts = [
        (counts.taken - changed, "new"),
        (*changed, "that change a row"),
        (counts.known, "already here"),
        (counts.refused, "refused"),
    ];
    let shown: Vec<RowFound> = rows.items.iter().map(|row| row_found(row, currency_of(row))).collect();
    let is_whole = after == 0 && rows.next.is_none();
    let taken = rows.items.iter().filter(|row| matches!(row.fate, RowFate::New | RowFate::Changed));
    let amounts = taken.filter_map(|row| Some((currency_of(row), row.says.as_ref()?.amount)));
    let is_shown = |problem: &&StatementProblem| {
        rows.items
            .iter()
            .any(|row| row.line == problem.line && row.reason.as_deref() == Some(&problem.reason))
    };
    Found {
        format: import.format.to_uppercase(),
        layout: layout.as_ref().map(|layout| match layout.origin {
            LayoutOrigin::Given => "It is read as you said.".to_owned(),
            LayoutOrigin::Saved => "It is read as you said of the last file with these columns.".to_owned(),
            LayoutOrigin::BuiltIn => format!("Its layout is known: {}.", layout.profile.name),
            LayoutOrigin::Guessed => {
                "What its columns mean was guessed from their names: look whether the rows are right."
                    .to_owned()
            }
        }),
        counts: parts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect(),
        accounts: accounts
            .iter()
            .map(|told| AccountFound {
                name: told.account.shown_name().to_owned(),
                about: super::rows::about(&told.account),
                is_new: told.is_new,
                stated: told.balance.as_ref().map(|point| words::money(point.balance, told.account.currency)),
                balance: told.account.balance.map(|balance| words::money(balance, told.account.currency)),
            })
            .collect(),
        sums: if is_whole { sums(amounts) } else { Vec::new() },
        rows: shown,
        more: rows.next,
        notes: import
            .problems
            .iter()
            .filter(|problem| !is_shown(problem))
            .map(|problem| (problem.line, problem.reason.clone()))
            .collect(),
    }
}

/// What comes in and goes out with the rows that are taken, in each currency.
fn sums(amounts: impl Iterator<Item = (Currency, Decimal)>) -> Vec<String> {
    let mut sums: Vec<(Currency, Decimal, Decimal)> = Vec::new();
    for (currency, amount) in amounts {
        let at = sums.iter().position(|(of, ..)| *of == currency).unwrap_or_else(|| {
            sums.push((currency, Decimal::ZERO, Decimal::ZERO));
            sums.len() - 1
        });
        let (_, comes, goes) = &mut sums[at];
        let side = if amount.is_sign_negative() { goes } else { comes };
        *side = side.saturating_add(amount);
    }
    let told = |(currency, comes, goes): (Currency, Decimal, Decimal)| {
        format!("{} in, {} out", words::money(comes, currency).text, words::money(goes, currency).text)
    };
    sums.into_iter().map(told).collect()
}

fn row_found(row: &PreviewRow, currency: Currency) -> RowFound {
    let (fate, tone) = match row.fate {
        RowFate::New => ("New", "good"),
        RowFate::Known => ("Already here", "busy"),
        RowFate::Changed => ("Changes a row", "busy"),
        RowFate::Refused => ("Refused", "bad"),
    };
    let says = row.says.as_ref();
    RowFound {
        line: row.line,
        fate,
        tone,
        day: says.map(|says| words::day(says.day)).unwrap_or_default(),
        iso: says.map(|says| words::iso(says.day)).unwrap_or_default(),
        text: says.and_then(|says| says.description.clone()).unwrap_or_default(),
        amount: says.map(|says| words::money(says.amount, currency)),
        reason: row.reason.clone(),
    }
}
