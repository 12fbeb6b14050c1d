//! Rules that are applied to everything that is stored, and the taking back of that.

use askama::Template;
use dashtam_application::rules::{GetRuleRun, StartRuleRun, UndoRuleRun};
use dashtam_domain::{
    delivery::idempotency::StoredAnswer,
    id::RuleRunId,
    ledger::meaning::rule::{RuleRun, RuleRunState},
    time::Timestamp,
};

use crate::{
    frame::Frame,
    reply::{Outcome, Reply},
    visit::Visit,
    words,
};

#[derive(Template)]
#[template(path = "rule_run.html")]
struct Page {
    frame: Frame,
    id: String,
    state: &'static str,
    tone: &'static str,
    is_open: bool,
    sentences: Vec<String>,
    can_undo: bool,
}

/// A run in the list of the rules.
pub(super) struct Told {
    pub(super) place: String,
    pub(super) what: String,
    pub(super) when: String,
    /// Not while another one goes on.
    pub(super) can_undo: bool,
}

/// Runs, told in a line each.
pub(super) fn told(runs: &[RuleRun], now: Timestamp) -> Vec<Told> {
    let can_undo = !runs.iter().any(|run| run.state.is_open());
    let told = |run: &RuleRun| Told {
        place: place(run.id),
        what: words::counted(run.changed, "transaction changed", "transactions changed"),
        when: words::ago(run.created_at, now),
        can_undo,
    };
    runs.iter().map(told).collect()
}

fn place(id: RuleRunId) -> String {
    format!("/rules/runs/{id}")
}

/// Begins to apply all rules to everything.
pub(crate) async fn start(visit: Visit) -> Outcome {
    let present = |run: &RuleRun| StoredAnswer { status: 303, body: place(run.id) };
    let run = visit.dashtam().rules().start_run(&visit.call, StartRuleRun, present).await?;
    Ok(Reply::to(place(run.id)))
}

/// How far it is.
pub(crate) async fn show(visit: Visit) -> Outcome {
    let id: RuleRunId = visit.id()?;
    let run = visit.dashtam().rules().run(&visit.call, GetRuleRun { run: id }).await?;
    let (state, tone) = match run.state {
        RuleRunState::Running => ("Under way", "busy"),
        RuleRunState::Completed => ("Done", "good"),
        RuleRunState::Undoing => ("Being taken back", "busy"),
        RuleRunState::Undone => ("Taken back", "good"),
        RuleRunState::Failed => ("Failed", "bad"),
    };
    let rows = |count: i64| words::counted(count, "transaction", "transactions");
    let mut sentences =
        vec![format!("{} looked at, {} changed.", rows(run.examined), words::count(run.changed))];
    if matches!(run.state, RuleRunState::Undoing | RuleRunState::Undone) {
        sentences.push(format!("{} as before.", rows(run.undone)));
    }
    if run.skipped > 0 {
        sentences
            .push(format!("{} left alone, because something else was decided since.", rows(run.skipped)));
    }
    if run.state == RuleRunState::Failed {
        sentences.push("It could not go on. What it changed until then can be taken back.".to_owned());
    }
    Reply::page(&Page {
        frame: visit.frame("Applying the rules", "rules").renewing(run.state.is_open()),
        id: id.to_string(),
        state,
        tone,
        is_open: run.state.is_open(),
        sentences,
        can_undo: run.is_shown() && !run.state.is_open(),
    })
}

/// Begins to take back what it changed.
pub(crate) async fn undo(visit: Visit) -> Outcome {
    let id: RuleRunId = visit.id()?;
    visit.dashtam().rules().undo_run(&visit.call, UndoRuleRun { run: id }).await?;
    Ok(Reply::to(place(id)))
}
