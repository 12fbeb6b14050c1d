//! Rules: in their order, switched, moved, removed, written and applied.

pub(crate) mod editor;
pub(crate) mod runs;

mod draft;
mod tell;

use askama::Template;
use dashtam_application::{
    categories::ListCategories,
    rules::{DeleteRule, GetRule, ListRuleRuns, ListRules, UpdateRule},
};
use dashtam_domain::{
    id::RuleId,
    ledger::meaning::rule::{Rule, RuleChange},
};

use super::transactions;
use crate::{
    frame::Frame,
    reply::{Outcome, Reply},
    visit::Visit,
};

/// A rule in the list.
struct Row {
    id: String,
    name: String,
    sentence: String,
    is_enabled: bool,
    is_first: bool,
    is_last: bool,
}

#[derive(Template)]
#[template(path = "rules.html")]
struct Page {
    frame: Frame,
    rows: Vec<Row>,
    /// What can be watched or taken back.
    runs: Vec<runs::Told>,
    once: String,
}

#[derive(Template)]
#[template(path = "rule_remove.html")]
struct Removal {
    frame: Frame,
    id: String,
    name: String,
    sentence: String,
}

/// What things are called that rules know by their ids.
async fn names(visit: &Visit) -> Result<tell::Names, dashtam_api::Problem> {
    let own = visit.dashtam().categories().list(&visit.call, ListCategories).await?;
    let accounts = transactions::accounts(visit).await?;
    let accounts = accounts.iter().map(|account| (account.id, account.shown_name().to_owned())).collect();
    Ok(tell::Names { own, accounts })
}

pub(crate) async fn show(visit: Visit) -> Outcome {
    let rules = visit.dashtam().rules().list(&visit.call, ListRules).await?;
    let runs = visit.dashtam().rules().runs(&visit.call, ListRuleRuns).await?;
    let names = names(&visit).await?;
    let last = rules.len();
    let row = |(at, rule): (usize, &Rule)| Row {
        id: rule.id.to_string(),
        name: rule.name.as_str().to_owned(),
        sentence: tell::sentence(&rule.terms, &names),
        is_enabled: rule.is_enabled,
        is_first: at == 0,
        is_last: at + 1 == last,
    };
    Reply::page(&Page {
        frame: visit.frame("Rules", "rules"),
        rows: rules.iter().enumerate().map(row).collect(),
        runs: runs::told(&runs, visit.now()),
        once: visit.once(),
    })
}

/// Switches a rule on or off.
pub(crate) async fn switch(visit: Visit) -> Outcome {
    let rule: RuleId = visit.id()?;
    let is_enabled = visit.form.text("on") == "yes";
    let change = RuleChange { is_enabled: Some(is_enabled), ..RuleChange::default() };
    visit.dashtam().rules().update(&visit.call, UpdateRule { rule, change }).await?;
    Ok(Reply::to(if is_enabled { "/rules?said=rule-on" } else { "/rules?said=rule-off" }))
}

/// Moves a rule before the one above it, or behind the one below it.
pub(crate) async fn shift(visit: Visit) -> Outcome {
    let rule: RuleId = visit.id()?;
    let rules = visit.dashtam().rules();
    let at = rules.get(&visit.call, GetRule { rule }).await?.position;
    let position = if visit.form.text("way") == "up" { at - 1 } else { at + 1 };
    let change = RuleChange { position: Some(position.max(1)), ..RuleChange::default() };
    rules.update(&visit.call, UpdateRule { rule, change }).await?;
    Ok(Reply::to("/rules?said=rule-moved"))
}

/// Asks whether a rule shall be removed.
pub(crate) async fn ask_removal(visit: Visit) -> Outcome {
    let rule: RuleId = visit.id()?;
    let rule = visit.dashtam().rules().get(&visit.call, GetRule { rule }).await?;
    let names = names(&visit).await?;
    Reply::page(&Removal {
        frame: visit.frame("Remove this rule?", "rules"),
        id: rule.id.to_string(),
        name: rule.name.as_str().to_owned(),
        sentence: tell::sentence(&rule.terms, &names),
    })
}

/// Removes a rule.
pub(crate) async fn remove(visit: Visit) -> Outcome {
    let rule: RuleId = visit.id()?;
    visit.dashtam().rules().delete(&visit.call, DeleteRule { rule }).await?;
    Ok(Reply::to("/rules?said=rule-removed"))
}
