//! `GET /api/v1/rules/runs/{run_id}`: shows a run of the rules.

use actix_web::web::Data;
use dashtam_application::rules::{GetRuleRun, Rules};
use dashtam_domain::id::RuleRunId;

use crate::{
    openapi::ThingProblems,
    prelude::*,
    views::{self, RuleRunView},
};

endpoint!(GetRuleRun);

/// Show a run of the rules: where it stands, and how many transactions it looked at and changed.
#[utoipa::path(get, path = "/api/v1/rules/runs/{run_id}", tag = "rules",
    params(("run_id" = views::Id, Path)), responses((status = OK, body = RuleRunView), ThingProblems))]
async fn handle(call: CallFor<GetRuleRun>, id: Id<RuleRunId>, rules: Data<Rules>) -> Answered {
    let run = rules.run(&call, GetRuleRun { run: id.0 }).await?;
    Ok(Answer::ok(&RuleRunView::from(&run)))
}
