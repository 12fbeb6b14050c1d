//! One transaction, and the choice of its category.

use actix_web::http::StatusCode;
use askama::Template;
use dashtam_api::Problem;
use dashtam_application::{
    categories::ListCategories,
    corrections::{CorrectTransaction, CorrectionError, TakeBackOfTransaction},
    ledger::{GetAccount, GetTransaction},
};
use dashtam_domain::{
    id::TransactionId,
    ledger::{
        Line, Note, SplitPart, Transaction, TransactionChange, TransactionField,
        meaning::{CategorizedBy, CategoryChoice},
    },
};
use url::form_urlencoded::byte_serialize;

use super::rows::{self, CategoryGroup};
use crate::{
    forms,
    frame::Frame,
    reply::{Outcome, Reply},
    visit::Visit,
    words::{self, Money},
};

#[derive(Template)]
#[template(path = "transaction.html")]
struct Page {
    frame: Frame,
    id: String,
    amount: Money,
    day: String,
    iso: String,
    account: String,
    account_id: String,
    status: Option<&'static str>,
    /// What else is known: label and text.
    facts: Vec<(&'static str, String)>,
    category: String,
    /// Who decided the category.
    by: &'static str,
    categories: Vec<CategoryGroup>,
    without_category: bool,
    /// What the category was before the last change, for the button that brings it back.
    was: Option<String>,
    /// What it is made of: category, words and amount of each part.
    parts: Vec<(String, String, Money)>,
    /// Whether the parts come to the amount.
    adds_up: bool,
    is_hidden: bool,
    note: String,
    /// Whether the note, and the tags, are what a person said.
    has_note: bool,
    tags: String,
    has_tags: bool,
    /// What is wrong with the tags or the note that were sent.
    error: Option<(&'static str, String)>,
}

impl Page {
    fn error(&self, field: &str) -> Option<&str> {
        self.error.as_ref().filter(|(of, _)| *of == field).map(|(_, why)| why.as_str())
    }
}

pub(crate) async fn show(visit: Visit) -> Outcome {
    shown(&visit, None).await
}

/// The page, with what is wrong with a form that was sent: the form then keeps what it said.
async fn shown(visit: &Visit, error: Option<(&'static str, String)>) -> Outcome {
    let id: TransactionId = visit.id()?;
    let (dashtam, call) = (visit.dashtam(), &visit.call);
    let transaction = dashtam.ledger().transaction(call, GetTransaction { transaction: id }).await?;
    let account = dashtam.ledger().account(call, GetAccount { account: transaction.account }).await?;
    let own = dashtam.categories().list(call, ListCategories).await?;
    let shown = transaction.category();
    let chosen = shown.map(|(key, _)| key.to_string()).unwrap_or_default();
    let has_chosen_none = transaction.chosen_category() == Some(CategoryChoice::Uncategorized);
    let corrections = transaction.corrections.as_deref();
    let sent = |field: &str, stored: String| match &error {
        Some((of, _)) if *of == field => visit.form.raw(field).to_owned(),
        _ => stored,
    };
    let tags: Vec<&str> = transaction.tags().iter().map(|tag| tag.as_str()).collect();
    let part = |part: &SplitPart| {
        let category = part.category.map_or("No category", |key| rows::label(key, &own)).to_owned();
        let words = part.description.as_ref().map_or("", Line::as_str).to_owned();
        (category, words, words::money(part.amount, transaction.currency))
    };
    let page = Page {
        parts: transaction.split().unwrap_or_default().iter().map(part).collect(),
        adds_up: transaction.split_adds_up(),
        is_hidden: transaction.is_hidden(),
        note: sent("note", transaction.note().unwrap_or_default().to_owned()),
        has_note: corrections.is_some_and(|of| of.note.is_some()),
        tags: sent("tags", tags.join(", ")),
        has_tags: corrections.is_some_and(|of| of.tags.is_some()),
        error,
        frame: visit
            .frame(transaction.shown_merchant().unwrap_or(transaction.shown_description()), "transactions"),
        id: id.to_string(),
        amount: words::money(transaction.shown_amount(), transaction.currency),
        day: words::day(transaction.shown_day()),
        iso: words::iso(transaction.shown_day()),
        account: account.shown_name().to_owned(),
        account_id: account.id.to_string(),
        status: words::status(transaction.status),
        facts: facts(&transaction),
        category: shown.map_or("None", |(key, _)| rows::label(key, &own)).to_owned(),
        by: match shown {
            _ if has_chosen_none => "you chose none",
            Some((_, by)) => decided(by),
            None => "nobody said",
        },
        categories: rows::category_groups(&own, &chosen),
        without_category: shown.is_none(),
        was: (visit.query.text("said") == "category").then(|| visit.query.text("was").to_owned()),
    };
    Reply::page(&page)
}

fn decided(by: CategorizedBy) -> &'static str {
    match by {
        CategorizedBy::User => "you chose it",
        CategorizedBy::Rule => "a rule of yours",
        CategorizedBy::Payee => "learned from what you chose before",
        CategorizedBy::Transfer => "a transfer between your accounts",
        CategorizedBy::Institution => "the institution says so",
        CategorizedBy::Kind => "from the type of the transaction",
    }
}

fn facts(transaction: &Transaction) -> Vec<(&'static str, String)> {
    let trade = transaction.trade.as_ref();
    let money = |amount| words::money(amount, transaction.currency).text;
    [
        ("Description", Some(transaction.shown_description().to_owned())),
        ("Memo", transaction.memo.clone()),
        ("Check", transaction.check_number.clone()),
        ("Security", trade.and_then(|trade| trade.name.clone().or_else(|| trade.symbol.clone()))),
        ("Quantity", trade.map(|trade| words::decimal(trade.quantity, 0))),
        ("Price", trade.and_then(|trade| trade.price).map(money)),
        ("Fees", trade.and_then(|trade| trade.fees).map(money)),
    ]
    .into_iter()
    .filter_map(|(label, text)| Some((label, text?)))
    .collect()
}

/// Chooses a category, or takes the choice back: then it is again what it was without one.
pub(crate) async fn categorise(visit: Visit) -> Outcome {
    let id: TransactionId = visit.id()?;
    let (dashtam, call) = (visit.dashtam(), &visit.call);
    let corrections = dashtam.corrections();
    let wanted = visit.form.text("category");
    let before = dashtam.ledger().transaction(call, GetTransaction { transaction: id }).await?;
    if wanted.is_empty() {
        let request = TakeBackOfTransaction { transaction: id, field: TransactionField::Category };
        match corrections.take_back_of_transaction(call, request).await.map_err(Problem::from) {
            Ok(_) => {}
            // It was taken back already: a second click.
            Err(problem) if problem.status() == StatusCode::NOT_FOUND => {}
            Err(problem) => return Err(problem),
        }
        return Ok(Reply::to(format!("/transactions/{id}?said=category-back")));
    }
    let choice: CategoryChoice =
        wanted.parse().map_err(|_| Problem::field("category", "unknown", "There is no such category."))?;
    let change = TransactionChange { category: Some(Some(choice)), ..TransactionChange::default() };
    corrections.correct_transaction(call, CorrectTransaction { transaction: id, change }).await?;
    if visit.form.has("undo") {
        return Ok(Reply::to(format!("/transactions/{id}?said=category-back")));
    }
    let was = before.chosen_category().map(|choice| choice.to_string()).unwrap_or_default();
    let was: String = byte_serialize(was.as_bytes()).collect();
    Ok(Reply::to(format!("/transactions/{id}?said=category&was={was}")))
}

/// Writes a note, or takes it back: then it says what a rule says, if one does.
pub(crate) async fn note(visit: Visit) -> Outcome {
    let note: Option<Note> = match forms::optional(&visit.form, "note") {
        Ok(note) => note,
        Err(error) => return refused(&visit, "note", error).await,
    };
    let change = TransactionChange { note: note.map(Some), ..TransactionChange::default() };
    corrected(&visit, TransactionField::Note, change, "noted").await
}

/// Sets the tags, or takes them back: then they are those that rules add.
pub(crate) async fn tag(visit: Visit) -> Outcome {
    let tags = match forms::tags(visit.form.text("tags")) {
        Ok(tags) => tags,
        Err(error) => return refused(&visit, "tags", error).await,
    };
    let change = TransactionChange { tags: Some(Some(tags)), ..TransactionChange::default() };
    corrected(&visit, TransactionField::Tags, change, "tagged").await
}

async fn refused(visit: &Visit, field: &'static str, error: String) -> Outcome {
    shown(visit, Some((field, error))).await.map(forms::refused)
}

/// Keeps what a form says of this field, or takes it back.
async fn corrected(visit: &Visit, field: TransactionField, change: TransactionChange, said: &str) -> Outcome {
    let id: TransactionId = visit.id()?;
    let corrections = visit.dashtam().corrections();
    // Nothing written is nothing said.
    let is_empty = change == TransactionChange::default();
    if visit.form.has("back") || is_empty {
        visit.dashtam().ledger().transaction(&visit.call, GetTransaction { transaction: id }).await?;
        let request = TakeBackOfTransaction { transaction: id, field };
        match corrections.take_back_of_transaction(&visit.call, request).await {
            // It was taken back already: a second click.
            Ok(_) | Err(CorrectionError::NotCorrected) => {}
            Err(error) => return Err(error.into()),
        }
        return Ok(Reply::to(format!("/transactions/{id}?said=given-back")));
    }
    corrections.correct_transaction(&visit.call, CorrectTransaction { transaction: id, change }).await?;
    Ok(Reply::to(format!("/transactions/{id}?said={said}")))
}

/// Leaves it out of lists and sums, or has it in them again.
pub(crate) async fn hide(visit: Visit) -> Outcome {
    let hides = visit.form.text("hidden") != "no";
    let change = TransactionChange { hidden: Some(Some(hides)), ..TransactionChange::default() };
    corrected(&visit, TransactionField::Hidden, change, if hides { "hidden" } else { "unhidden" }).await
}
