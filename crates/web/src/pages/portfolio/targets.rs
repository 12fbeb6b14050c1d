//! What a portfolio shall be made of, and a form that says so.

use askama::Template;
use dashtam_api::{Problem, visit::Fields};
use dashtam_application::portfolio::{Allocated, PortfolioError, SetTargets, ShowAllocation};
use dashtam_domain::{
    ledger::{
        AssetClass,
        portfolio::{AllocationBy, Target, TargetOf, TargetProblem},
    },
    money::{Currency, Decimal, plain_decimal},
};

use super::{Choice, cut::Cut, parts};
use crate::{
    forms::Wrong,
    frame::Frame,
    reply::{Outcome, Reply},
    visit::Visit,
    words,
};

/// The sides that have targets.
const SIDES: [AllocationBy; 3] = [AllocationBy::Class, AllocationBy::Security, AllocationBy::Account];

/// A part with its target.
struct Row {
    /// The name of its field.
    field: String,
    label: String,
    currency: String,
    /// What part it is, in percent.
    share: String,
    /// What is typed.
    typed: String,
    error: Option<String>,
}

#[derive(Template)]
#[template(path = "portfolio_targets.html")]
struct Page {
    frame: Frame,
    by: &'static str,
    sides: Vec<Choice>,
    /// Which of the parts are shown, and the page that was asked for.
    which: Cut,
    page: String,
    rows: Vec<Row>,
    /// What is wrong with all of them.
    error: Option<String>,
}

/// What a form is about: the parts of one side.
struct Asked {
    by: AllocationBy,
    parts: Vec<Allocated>,
}

impl Asked {
    async fn of(visit: &Visit, by: &str) -> Result<Self, Problem> {
        let portfolio = visit.dashtam().portfolio();
        let by = SIDES.into_iter().find(|side| side.as_str() == by).unwrap_or_default();
        let mut parts = portfolio.allocation(&visit.call, ShowAllocation { by }).await?;
        if by == AllocationBy::Class {
            parts.extend(missing(&parts));
        }
        Ok(Self { by, parts })
    }
}

/// Sorts of asset that are no part yet, in each currency of which there is one.
fn missing(parts: &[Allocated]) -> Vec<Allocated> {
    let mut currencies: Vec<Currency> = parts.iter().map(|part| part.currency).collect();
    currencies.dedup();
    let classes = [
        AssetClass::Equity,
        AssetClass::Etf,
        AssetClass::MutualFund,
        AssetClass::FixedIncome,
        AssetClass::Cryptocurrency,
        AssetClass::CashEquivalent,
    ];
    let all = currencies.iter().flat_map(|currency| classes.map(|class| (*currency, class.as_str())));
    let is_new = |(currency, key): &(Currency, &str)| {
        !parts.iter().any(|of| of.currency == *currency && of.key == *key)
    };
    all.filter(is_new).map(|(currency, key)| Allocated::nothing(key.to_owned(), None, currency)).collect()
}

fn field(of: &Allocated) -> String {
    format!("percent-{}-{}", of.currency, of.key)
}

pub(crate) async fn show(visit: Visit) -> Outcome {
    let asked = Asked::of(&visit, visit.query.text("by")).await?;
    shown(&visit, &asked, Wrong::default())
}

/// The page, with what is wrong with a form that was sent: the form then keeps what it said.
fn shown(visit: &Visit, asked: &Asked, wrong: Wrong) -> Outcome {
    let by = asked.by.as_str();
    let page =
        [&visit.form, &visit.query].map(|from| from.text("rows")).into_iter().find(|page| !page.is_empty());
    let page = page.unwrap_or_default().to_owned();
    let which = Cut::of(&page, asked.parts.len(), |page| format!("/portfolio/targets?by={by}&rows={page}"));
    let row = |of: &Allocated| {
        let field = field(of);
        Row {
            label: parts::label(asked.by, of),
            currency: of.currency.to_string(),
            share: of.share.map_or_else(
                || "none".to_owned(),
                |share| format!("{}\u{a0}%", words::decimal(share.round_dp(1), 1)),
            ),
            typed: match said(&visit.form, &field).filter(|_| !wrong.is_empty()) {
                Some(said) => said.to_owned(),
                None => of.target.map_or_else(String::new, |target| target.normalize().to_string()),
            },
            error: wrong.of(&field).map(str::to_owned),
            field,
        }
    };
    let choice = |of: AllocationBy| Choice {
        place: format!("/portfolio/targets?by={}", of.as_str()),
        words: parts::side(of),
        is_chosen: of == asked.by,
    };
    let page = Page {
        frame: visit.frame("Targets", "portfolio"),
        by,
        sides: SIDES.into_iter().map(choice).collect(),
        rows: which.rows(&asked.parts).iter().map(row).collect(),
        which,
        page,
        error: wrong.of("targets").map(str::to_owned),
    };
    wrong.shown(&page)
}

/// Sets the targets of one side; those of the others stay.
pub(crate) async fn save(visit: Visit) -> Outcome {
    let asked = Asked::of(&visit, visit.form.text("by")).await?;
    let (targets, fields) = match typed(&visit.form, &asked) {
        Ok(read) => read,
        Err(wrong) => return shown(&visit, &asked, wrong),
    };
    let request = SetTargets { by: Some(asked.by), targets };
    match visit.dashtam().portfolio().set_targets(&visit.call, request).await {
        Ok(_) => Ok(Reply::to(format!("/portfolio?by={by}&said=targets#allocation", by = asked.by.as_str()))),
        Err(PortfolioError::Targets(problem)) => {
            let wrong = match problem {
                // Which of them is one too many, is not to be said.
                TargetProblem::TooMuch(_) | TargetProblem::TooMany => {
                    Wrong::at("targets", problem.to_string())
                }
                TargetProblem::Percent(at) | TargetProblem::Twice(at) | TargetProblem::Unknown(at) => {
                    let field = fields.get(at).filter(|field| said(&visit.form, field).is_some());
                    Wrong::at(field.map_or("targets", String::as_str), problem.to_string())
                }
            };
            shown(&visit, &asked, wrong)
        }
        Err(error) => Err(error.into()),
    }
}

/// What a form says of a part; `None` where it does not ask for it.
fn said<'f>(form: &'f Fields, field: &str) -> Option<&'f str> {
    form.iter().find(|(name, _)| *name == field).map(|(_, text)| text.trim())
}

/// The targets that a form sets, each with the name of its field. What the form does not ask for keeps its target: it stands on
/// another page of the form, or is there only since.
fn typed(form: &Fields, asked: &Asked) -> Result<(Vec<Target>, Vec<String>), Wrong> {
    let (mut wrong, mut targets, mut fields) = (Wrong::default(), Vec::new(), Vec::new());
    for part in &asked.parts {
        let field = field(part);
        let percent = match said(form, &field) {
            None => Some(part.target.unwrap_or_default()),
            Some("") => Some(Decimal::ZERO),
            Some(text) => plain_decimal(text.trim_end_matches('%').trim_end()),
        };
        match (percent, TargetOf::parse(asked.by, &part.key)) {
            (None, _) => wrong.note(&field, "Write a part in percent, such as 12.5."),
            (Some(percent), _) if percent.is_zero() => {}
            (Some(_), None) => wrong.note(&field, "Nobody names this security, so that it has no target."),
            (Some(percent), Some(of)) => {
                targets.push(Target { of, currency: part.currency, percent });
                fields.push(field);
            }
        }
    }
    if wrong.is_empty() { Ok((targets, fields)) } else { Err(wrong) }
}
