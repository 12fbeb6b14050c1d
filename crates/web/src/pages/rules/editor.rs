//! A rule is written, looked at with what it would change, and saved.

use std::collections::HashMap;

use askama::Template;
use dashtam_api::Problem;
use dashtam_application::{
    ledger::GetTransaction,
    rules::{CreateRule, GetRule, PreviewRule, RulePreview, RulesError, UpdateRule},
};
use dashtam_domain::{
    delivery::idempotency::StoredAnswer,
    id::{RuleId, TransactionId},
    ledger::{
        Line, Tag, Transaction,
        meaning::{
            CategoryChoice, DefaultCategory,
            rule::{Rule, RuleChange, RuleField, RuleTerms},
        },
    },
};

use super::{
    draft::{Draft, Written, Wrong},
    names,
    tell::{self, Control, Names},
};
use crate::{
    forms,
    frame::Frame,
    pages::rows::{self, CategoryGroup, TransactionRow},
    reply::{Outcome, Reply},
    visit::Visit,
    words,
};

/// So many samples are shown.
const SAMPLES: usize = 20;

/// One thing to choose: what the form sends, its words, and whether it is chosen.
type Choice = (String, String, bool);

/// A condition in the form.
struct Condition {
    at: usize,
    key: &'static str,
    label: &'static str,
    operators: Vec<(&'static str, &'static str, bool)>,
    control: &'static str,
    /// The texts, one a line.
    lines: String,
    /// The first figure or day, and the second.
    values: [String; 2],
    choices: Vec<Choice>,
    error: Option<String>,
}

/// A transaction, and what of it would be another.
struct Sample {
    row: TransactionRow,
    changes: Vec<(&'static str, String, String)>,
}

/// What the rule would do.
struct Preview {
    matched: String,
    changed: String,
    is_nothing: bool,
    samples: Vec<Sample>,
}

#[derive(Template)]
#[template(path = "rule.html")]
struct Page {
    frame: Frame,
    /// The rule that is changed; empty where a new one is written.
    id: String,
    once: String,
    draft: Draft,
    conditions: Vec<Condition>,
    fields: Vec<(&'static str, &'static str)>,
    categories: Vec<CategoryGroup>,
    errors: Vec<Wrong>,
    preview: Option<Preview>,
    has_room: bool,
}

impl Page {
    fn error(&self, field: &str) -> Option<&str> {
        self.errors.iter().find(|(of, _)| of == field).map(|(_, why)| why.as_str())
    }
}

#[derive(Template)]
#[template(path = "rule_fixed.html")]
struct Fixed {
    frame: Frame,
    sentence: String,
}

/// A new rule, alike to a transaction where the address names one.
pub(crate) async fn new(visit: Visit) -> Outcome {
    let draft = match visit.query.text("from") {
        "" => {
            let mut draft = Draft::default();
            draft.add(RuleField::Description);
            draft
        }
        id => {
            let transaction: TransactionId = id.parse().map_err(|_| crate::visit::not_found())?;
            let row =
                visit.dashtam().ledger().transaction(&visit.call, GetTransaction { transaction }).await?;
            Draft::like(&row)
        }
    };
    let names = names(&visit).await?;
    Reply::page(&page(&visit, None, draft, &names, Vec::new(), None))
}

/// A rule that is there.
pub(crate) async fn edit(visit: Visit) -> Outcome {
    let id: RuleId = visit.id()?;
    let rule = visit.dashtam().rules().get(&visit.call, GetRule { rule: id }).await?;
    let names = names(&visit).await?;
    match Draft::of(&rule) {
        Some(draft) => Reply::page(&page(&visit, Some(id), draft, &names, Vec::new(), None)),
        None => Reply::page(&Fixed {
            frame: visit.frame(rule.name.as_str(), "rules"),
            sentence: tell::sentence(&rule.terms, &names),
        }),
    }
}

fn named(visit: &Visit) -> Result<Option<RuleId>, Problem> {
    match visit.form.text("rule") {
        "" => Ok(None),
        id => id.parse().map(Some).map_err(|_| crate::visit::not_found()),
    }
}

/// The form again, with another condition or with one less.
pub(crate) async fn grow(visit: Visit) -> Outcome {
    let rule = named(&visit)?;
    let mut draft = Draft::read(&visit.form);
    let names = names(&visit).await?;
    match visit.form.text("do").strip_prefix("remove-") {
        Some(at) => {
            let at = at.parse().ok().filter(|at: &usize| *at < draft.tests.len());
            at.map(|at| draft.tests.remove(at));
        }
        None => draft.add(RuleField::parse(visit.form.text("add")).unwrap_or(RuleField::Description)),
    }
    Reply::page(&page(&visit, rule, draft, &names, Vec::new(), None))
}

/// The form again, with what the rule would do.
pub(crate) async fn draft(visit: Visit) -> Outcome {
    let rule = named(&visit)?;
    let draft = Draft::read(&visit.form);
    let names = names(&visit).await?;
    let terms = match draft.terms() {
        Ok(terms) => terms,
        Err(wrong) => return refused(&visit, rule, draft, &names, wrong),
    };
    // Nothing is stored of it, so that any name does.
    let name = draft.named(&terms, &names).or_else(|wrong| "draft".parse::<Line>().map_err(|_| wrong));
    let name = match name {
        Ok(name) => name,
        Err(wrong) => return refused(&visit, rule, draft, &names, vec![wrong]),
    };
    let asked = PreviewRule { rule, terms: Some(terms), name, position: None };
    match visit.dashtam().rules().preview(&visit.call, asked).await {
        Ok(found) => {
            let preview = previewed(&found, &names);
            Reply::page(&page(&visit, rule, draft, &names, Vec::new(), Some(preview)))
        }
        Err(error) => again(&visit, rule, draft, &names, error),
    }
}

/// Makes the rule.
pub(crate) async fn create(visit: Visit) -> Outcome {
    let draft = Draft::read(&visit.form);
    let names = names(&visit).await?;
    let (name, terms) = match whole(&draft, &names) {
        Ok(both) => both,
        Err(wrong) => return refused(&visit, None, draft, &names, wrong),
    };
    let present = |_: &Rule| StoredAnswer { status: 303, body: "/rules?said=rule-saved".to_owned() };
    let asked = CreateRule { name, position: None, is_enabled: true, terms };
    match visit.dashtam().rules().create(&visit.call, asked, present).await {
        Ok(_) => Ok(Reply::to("/rules?said=rule-saved")),
        Err(error) => again(&visit, None, draft, &names, error),
    }
}

/// Changes the rule.
pub(crate) async fn update(visit: Visit) -> Outcome {
    let id: RuleId = visit.id()?;
    let rules = visit.dashtam().rules();
    rules.get(&visit.call, GetRule { rule: id }).await?;
    let draft = Draft::read(&visit.form);
    let names = names(&visit).await?;
    let (name, terms) = match whole(&draft, &names) {
        Ok(both) => both,
        Err(wrong) => return refused(&visit, Some(id), draft, &names, wrong),
    };
    let RuleTerms { matching, conditions, actions, stops } = terms;
    let change = RuleChange {
        name: Some(name),
        matching: Some(matching),
        conditions: Some(conditions),
        actions: Some(actions),
        stops: Some(stops),
        ..RuleChange::default()
    };
    match rules.update(&visit.call, UpdateRule { rule: id, change }).await {
        Ok(_) => Ok(Reply::to("/rules?said=rule-changed")),
        Err(error) => again(&visit, Some(id), draft, &names, error),
    }
}

fn whole(draft: &Draft, names: &Names) -> Result<(Line, RuleTerms), Vec<Wrong>> {
    let terms = draft.terms()?;
    let name = draft.named(&terms, names).map_err(|wrong| vec![wrong])?;
    Ok((name, terms))
}

fn refused(visit: &Visit, rule: Option<RuleId>, draft: Draft, names: &Names, wrong: Vec<Wrong>) -> Outcome {
    Reply::page(&page(visit, rule, draft, names, wrong, None)).map(forms::refused)
}

/// What the use case refuses is said beside the form, as far as the form can mend it.
fn again(visit: &Visit, rule: Option<RuleId>, draft: Draft, names: &Names, error: RulesError) -> Outcome {
    let field = match error {
        RulesError::NoCategory => "category",
        RulesError::Rule(_) | RulesError::TooLarge(_) => "add",
        _ => return Err(Problem::from(error)),
    };
    refused(visit, rule, draft, names, vec![(field.to_owned(), error.to_string())])
}

fn page(
    visit: &Visit,
    rule: Option<RuleId>,
    draft: Draft,
    names: &Names,
    errors: Vec<Wrong>,
    preview: Option<Preview>,
) -> Page {
    let error = |at: usize| {
        let of = format!("value-{at}");
        errors.iter().find(|(field, _)| *field == of).map(|(_, why)| why.clone())
    };
    let conditions =
        draft.tests.iter().enumerate().map(|(at, test)| condition(at, test, names, error(at))).collect();
    let title = if rule.is_some() { "Change a rule" } else { "New rule" };
    Page {
        frame: visit.frame(title, "rules"),
        id: rule.map(|id| id.to_string()).unwrap_or_default(),
        once: visit.once(),
        conditions,
        fields: tell::FIELDS.iter().map(|of| (of.as_str(), tell::field(*of))).collect(),
        categories: rows::category_groups(&names.own, &draft.category),
        has_room: draft.tests.len() < RuleTerms::MOST_TESTS,
        draft,
        errors,
        preview,
    }
}

fn condition(at: usize, test: &Written, names: &Names, error: Option<String>) -> Condition {
    let operators = tell::operators(test.field).iter();
    let operators = operators.map(|of| (of.as_str(), tell::operator(test.field, *of), *of == test.operator));
    let control = tell::control(test.field);
    let value = |at: usize| test.values.get(at).cloned().unwrap_or_default();
    Condition {
        at,
        key: test.field.as_str(),
        label: tell::field(test.field),
        operators: operators.collect(),
        control: match control {
            Control::Lines => "lines",
            Control::Figures => "figures",
            Control::Days => "days",
            Control::Choose => "choose",
        },
        lines: test.values.join("\n"),
        values: [value(0), value(1)],
        choices: if control == Control::Choose { choices(test, names) } else { Vec::new() },
        error,
    }
}

/// What there is to choose from for a condition.
fn choices(test: &Written, names: &Names) -> Vec<Choice> {
    let choice = |key: String, label: String| {
        let is_chosen = test.values.contains(&key);
        (key, label, is_chosen)
    };
    match test.field {
        RuleField::Direction => {
            vec![
                choice("out".to_owned(), "money out".to_owned()),
                choice("in".to_owned(), "money in".to_owned()),
            ]
        }
        RuleField::Account => {
            let mut all: Vec<Choice> =
                names.accounts.iter().map(|(id, name)| choice(id.to_string(), name.clone())).collect();
            all.sort_by(|(_, one, _), (_, other, _)| one.cmp(other));
            all
        }
        RuleField::Kind => {
            tell::KINDS.iter().map(|kind| choice(kind.as_str().to_owned(), tell::kind(*kind))).collect()
        }
        _ => {
            let labels: HashMap<&str, &str> =
                DefaultCategory::all().iter().map(|category| (category.key, category.label)).collect();
            let none = choice(CategoryChoice::NONE.to_owned(), "No category".to_owned());
            let known = DefaultCategory::all().iter().map(|category| {
                let group = category.group.and_then(|group| labels.get(group));
                let label = match group {
                    Some(group) => format!("{group}: {}", category.label),
                    None => category.label.to_owned(),
                };
                choice(category.key.to_owned(), label)
            });
            let own = names.own.iter().map(|own| choice(own.id.to_string(), own.label.as_str().to_owned()));
            // No institution gives those: only a rule that names one already shows it.
            std::iter::once(none).chain(known).chain(own.filter(|(_, _, is_chosen)| *is_chosen)).collect()
        }
    }
}

fn previewed(found: &RulePreview, names: &Names) -> Preview {
    let sample = |(before, after): &(Transaction, Transaction)| Sample {
        row: rows::transaction(before, &names.accounts, &names.own),
        changes: changes(before, after, names),
    };
    let of = match found.is_complete {
        true => format!("all {}", words::count(found.examined)),
        false => format!("the newest {}", words::count(found.examined)),
    };
    Preview {
        matched: format!("It takes {} of {of} transactions.", words::count(found.matched)),
        changed: match found.changed {
            0 => "None of them would show anything else.".to_owned(),
            1 => "One of them would show something else.".to_owned(),
            many => format!("{} of them would show something else.", words::count(many)),
        },
        is_nothing: found.matched == 0,
        samples: found.samples.iter().take(SAMPLES).map(sample).collect(),
    }
}

/// What a transaction shows now and would show, where that differs.
fn changes(before: &Transaction, after: &Transaction, names: &Names) -> Vec<(&'static str, String, String)> {
    let category =
        |row: &Transaction| row.category().map_or("none", |(key, _)| rows::label(key, &names.own)).to_owned();
    let text = |text: Option<&str>| text.unwrap_or("none").to_owned();
    let tags = |row: &Transaction| match row.tags() {
        tags if tags.is_empty() => "none".to_owned(),
        tags => tags.into_iter().map(Tag::as_str).collect::<Vec<_>>().join(", "),
    };
    let hidden = |row: &Transaction| if row.is_hidden() { "yes" } else { "no" }.to_owned();
    let all = [
        ("Category", category(before), category(after)),
        ("Merchant", text(before.shown_merchant()), text(after.shown_merchant())),
        ("Tags", tags(before), tags(after)),
        ("Note", text(before.note()), text(after.note())),
        ("Hidden", hidden(before), hidden(after)),
    ];
    all.into_iter().filter(|(_, before, after)| before != after).collect()
}
