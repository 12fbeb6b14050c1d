//! `POST /api/v1/rules/runs`: applies the rules to all transactions.

use actix_web::{http::StatusCode, web::Data};
use dashtam_application::rules::{Rules, StartRuleRun};
use dashtam_domain::ledger::meaning::rule::RuleRun;

use crate::{
    openapi::{ChangeProblems, IdempotencyHeader},
    prelude::*,
    views::RuleRunView,
};

endpoint!(StartRuleRun, limits: [ApplyRules]);

fn present(run: &RuleRun) -> Answer {
    Answer::new(StatusCode::ACCEPTED, &RuleRunView::from(run))
}

/// Apply the rules to all transactions.
///
/// The run goes on page by page beside everything else, and after an interruption from where it was. One that is under way
/// already is answered instead of another one. While 20 runs that changed something can still be taken back, there is no further
/// one.
#[utoipa::path(post, path = "/api/v1/rules/runs", tag = "rules", params(IdempotencyHeader),
    responses((status = ACCEPTED, body = RuleRunView), ChangeProblems))]
async fn handle(asked: Asked<StartRuleRun, ()>, rules: Data<Rules>) -> Answered {
    let (call, ()) = asked.into_parts();
    let stored = |run: &RuleRun| present(run).to_stored();
    Ok(present(&rules.start_run(&call, StartRuleRun, stored).await?))
}
