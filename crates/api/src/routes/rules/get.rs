//! `GET /api/v1/rules/{rule_id}`: shows a rule.

use actix_web::web::Data;
use dashtam_application::rules::{GetRule, Rules};
use dashtam_domain::id::RuleId;

use crate::{
    openapi::ThingProblems,
    prelude::*,
    views::{self, RuleView},
};

endpoint!(GetRule);

/// Show a rule of the caller's.
#[utoipa::path(get, path = "/api/v1/rules/{rule_id}", tag = "rules",
    params(("rule_id" = views::Id, Path)), responses((status = OK, body = RuleView), ThingProblems))]
async fn handle(call: CallFor<GetRule>, id: Id<RuleId>, rules: Data<Rules>) -> Answered {
    let rule = rules.get(&call, GetRule { rule: id.0 }).await?;
    Ok(Answer::ok(&RuleView::from(&rule)))
}
