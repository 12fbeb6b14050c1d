//! `POST /api/v1/rules/runs/{run_id}/undo`: takes back what a run of the rules changed.

use actix_web::{http::StatusCode, web::Data};
use dashtam_application::rules::{Rules, UndoRuleRun};
use dashtam_domain::id::RuleRunId;

use crate::{
    openapi::ChangeProblems,
    prelude::*,
    views::{self, RuleRunView},
};

endpoint!(UndoRuleRun, limits: [Correction]);

/// Take back what a run that is over changed.
///
/// It goes on page by page as the run did. A transaction about which something else was decided since is left as it is; `skipped`
/// says how many were. What was decided by rules, or with categories, that are gone does not come back.
#[utoipa::path(post, path = "/api/v1/rules/runs/{run_id}/undo", tag = "rules",
    params(("run_id" = views::Id, Path)),
    responses((status = ACCEPTED, body = RuleRunView), ChangeProblems))]
async fn handle(asked: Asked<UndoRuleRun, ()>, id: Id<RuleRunId>, rules: Data<Rules>) -> Answered {
    let (call, ()) = asked.into_parts();
    let run = rules.undo_run(&call, UndoRuleRun { run: id.0 }).await?;
    Ok(Answer::new(StatusCode::ACCEPTED, &RuleRunView::from(&run)))
}
