//! A transaction in parts, each for something else.

use askama::Template;
use dashtam_api::{Problem, visit::Fields};
use dashtam_application::{
    categories::ListCategories,
    corrections::{CorrectTransaction, CorrectionError, TakeBackOfTransaction},
    ledger::GetTransaction,
};
use dashtam_domain::{
    id::TransactionId,
    ledger::{
        Line, SplitPart, Transaction, TransactionChange, TransactionField,
        meaning::{CategoryKey, OwnCategory},
    },
    money::{Decimal, plain_decimal},
};

use super::rows::{self, CategoryGroup};
use crate::{
    forms::Wrong,
    frame::Frame,
    reply::{Outcome, Reply},
    visit::Visit,
    words::{self, Money},
};

/// Empty lines behind those that say something.
const FREE: usize = 3;
/// Most parts of a transaction.
const MOST: usize = 100;

/// One line of the form.
struct Row {
    number: usize,
    amount: String,
    description: String,
    categories: Vec<CategoryGroup>,
    error: Option<String>,
}

#[derive(Template)]
#[template(path = "split.html")]
struct Page {
    frame: Frame,
    id: String,
    amount: Money,
    day: String,
    iso: String,
    rows: Vec<Row>,
    is_split: bool,
    /// What is wrong with the parts as a whole.
    error: Option<String>,
}

/// A part as it is typed: of how much, without the sign of the whole.
#[derive(Default)]
struct Typed {
    amount: String,
    description: String,
    category: String,
}

impl Typed {
    fn of_form(form: &Fields, number: usize) -> Self {
        let text = |name: &str| form.text(&format!("{name}-{number}")).to_owned();
        Self { amount: text("amount"), description: text("description"), category: text("category") }
    }

    fn of_part(part: &SplitPart, whole: &Transaction) -> Self {
        let amount = part.amount * sign(whole);
        let amount = match amount.scale() < whole.currency.minor_digits() {
            true => {
                format!("{amount:.*}", usize::try_from(whole.currency.minor_digits()).unwrap_or_default())
            }
            false => amount.to_string(),
        };
        Self {
            amount,
            description: part.description.as_ref().map_or("", Line::as_str).to_owned(),
            category: part.category.map(|key| key.to_string()).unwrap_or_default(),
        }
    }

    fn is_empty(&self) -> bool {
        self.amount.is_empty() && self.description.is_empty() && self.category.is_empty()
    }
}

/// What an amount is multiplied by to be without the sign of the whole, and to get it back.
fn sign(whole: &Transaction) -> Decimal {
    if whole.shown_amount().is_sign_negative() { Decimal::NEGATIVE_ONE } else { Decimal::ONE }
}

pub(crate) async fn show(visit: Visit) -> Outcome {
    shown(&visit, Wrong::default()).await
}

/// The page, with what is wrong with a form that was sent: the form then keeps what it said.
async fn shown(visit: &Visit, wrong: Wrong) -> Outcome {
    let id: TransactionId = visit.id()?;
    let (dashtam, call) = (visit.dashtam(), &visit.call);
    let transaction = dashtam.ledger().transaction(call, GetTransaction { transaction: id }).await?;
    let own = dashtam.categories().list(call, ListCategories).await?;
    let stored = transaction.split().unwrap_or_default();
    let mut typed: Vec<Typed> = match wrong.is_empty() {
        true => stored.iter().map(|part| Typed::of_part(part, &transaction)).collect(),
        false => (1..=MOST).map(|number| Typed::of_form(&visit.form, number)).collect(),
    };
    while typed.last().is_some_and(Typed::is_empty) {
        typed.pop();
    }
    let lines = typed.len().saturating_add(FREE).min(MOST);
    typed.resize_with(lines, Typed::default);
    let row = |(at, typed): (usize, Typed)| row(at + 1, typed, &own, &wrong);
    let page = Page {
        frame: visit.frame("Split a transaction", "transactions"),
        id: id.to_string(),
        amount: words::money(transaction.shown_amount(), transaction.currency),
        day: words::day(transaction.shown_day()),
        iso: words::iso(transaction.shown_day()),
        rows: typed.into_iter().enumerate().map(row).collect(),
        is_split: !stored.is_empty(),
        error: wrong.of("split").map(str::to_owned),
    };
    wrong.shown(&page)
}

fn row(number: usize, typed: Typed, own: &[OwnCategory], wrong: &Wrong) -> Row {
    Row {
        number,
        error: wrong.of(&format!("part-{number}")).map(str::to_owned),
        categories: rows::category_groups(own, &typed.category),
        amount: typed.amount,
        description: typed.description,
    }
}

/// Splits it into the parts of the form, or makes it one again.
pub(crate) async fn save(visit: Visit) -> Outcome {
    let id: TransactionId = visit.id()?;
    let (dashtam, call) = (visit.dashtam(), &visit.call);
    if visit.form.has("whole") {
        dashtam.ledger().transaction(call, GetTransaction { transaction: id }).await?;
        let request = TakeBackOfTransaction { transaction: id, field: TransactionField::Split };
        return match dashtam.corrections().take_back_of_transaction(call, request).await {
            // It was made one already: a second click.
            Ok(_) | Err(CorrectionError::NotCorrected) => {
                Ok(Reply::to(format!("/transactions/{id}?said=whole")))
            }
            Err(error) => Err(error.into()),
        };
    }
    let whole = dashtam.ledger().transaction(call, GetTransaction { transaction: id }).await?;
    let parts = match parts(&visit.form, &whole) {
        Ok(parts) => parts,
        Err(wrong) => return shown(&visit, wrong).await,
    };
    let change = TransactionChange { split: Some(Some(parts)), ..TransactionChange::default() };
    match dashtam
        .corrections()
        .correct_transaction(call, CorrectTransaction { transaction: id, change })
        .await
    {
        Ok(_) => Ok(Reply::to(format!("/transactions/{id}?said=split"))),
        // The amount became another one meanwhile.
        Err(CorrectionError::PartsDoNotAddUp) => {
            shown(&visit, Wrong::at("split", "The parts do not come to the amount.")).await
        }
        Err(error) => Err(Problem::from(error)),
    }
}

/// The parts of a form. One of them may be without an amount: it has what the others leave.
fn parts(form: &Fields, whole: &Transaction) -> Result<Vec<SplitPart>, Wrong> {
    let mut wrong = Wrong::default();
    let (mut parts, mut rest): (Vec<SplitPart>, Option<usize>) = (Vec::new(), None);
    for number in 1..=MOST {
        let typed = Typed::of_form(form, number);
        if typed.is_empty() {
            continue;
        }
        let amount = match (typed.amount.as_str(), rest) {
            ("", None) => {
                rest = Some(parts.len());
                Ok(Decimal::ZERO)
            }
            ("", Some(_)) => Err("Only one part may be without an amount.".to_owned()),
            (text, _) => amount(text, whole),
        };
        match (amount, described(&typed.description), category(&typed.category)) {
            (Ok(amount), Ok(description), Ok(category)) => {
                parts.push(SplitPart { amount: amount * sign(whole), description, category });
            }
            (amount, description, category) => {
                let all = [amount.err(), description.err(), category.err()];
                all.into_iter().flatten().for_each(|why| wrong.note(&format!("part-{number}"), why));
            }
        }
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    if parts.len() < 2 {
        return Err(Wrong::at("split", "There must be at least two parts."));
    }
    let sum = parts.iter().try_fold(Decimal::ZERO, |sum, part| sum.checked_add(part.amount));
    let Some(left) = sum.and_then(|sum| whole.shown_amount().checked_sub(sum)) else {
        return Err(Wrong::at("split", "The parts come to too much."));
    };
    let left_in_words = words::money(left * sign(whole), whole.currency).text;
    match rest.and_then(|at| parts.get_mut(at)) {
        Some(_) if left.is_zero() => {
            Err(Wrong::at("split", "The other parts leave nothing for the one without an amount."))
        }
        Some(part) => {
            part.amount = left;
            Ok(parts)
        }
        None if left.is_zero() => Ok(parts),
        None => Err(Wrong::at("split", format!("{left_in_words} are not in any part."))),
    }
}

/// An amount as people type it, with a point or a comma before its fraction.
fn amount(text: &str, whole: &Transaction) -> Result<Decimal, String> {
    let example = || "Write the amount like 12.50, without thousands separators.".to_owned();
    let amount = plain_decimal(&text.replace(',', ".")).ok_or_else(example)?;
    let places = whole.currency.minor_digits().max(whole.shown_amount().scale());
    if amount.scale() > places {
        // "1,234" is a thousand to whoever writes commas so.
        return Err(example());
    }
    if amount.is_zero() {
        return Err("A part must not be zero.".to_owned());
    }
    Ok(amount)
}

fn described(text: &str) -> Result<Option<Line>, String> {
    match text {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|error| format!("The description {error}.")),
    }
}

fn category(key: &str) -> Result<Option<CategoryKey>, String> {
    match key {
        "" => Ok(None),
        key => key.parse().map(Some).map_err(|_| "There is no such category.".to_owned()),
    }
}
