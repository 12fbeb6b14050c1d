//! `GET /api/v1/rules/runs`: lists the runs of the rules that can be watched or taken back.

use actix_web::web::Data;
use dashtam_application::rules::{ListRuleRuns, Rules};
use dashtam_domain::id::AccountId;

use crate::{answer, openapi::ListProblems, prelude::*, views::RuleRunView};

endpoint!(ListRuleRuns);

/// List the run of the rules that goes on and those that can still be taken back, the newest first.
#[utoipa::path(get, path = "/api/v1/rules/runs", tag = "rules",
    responses((status = OK, body = List<RuleRunView>), ListProblems))]
async fn handle(call: CallFor<ListRuleRuns>, rules: Data<Rules>) -> Answered {
    let runs = rules.runs(&call, ListRuleRuns).await?;
    Ok(answer::list(&runs, None::<&AccountId>, RuleRunView::SIZE, RuleRunView::from))
}
