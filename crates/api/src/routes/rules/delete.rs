//! `DELETE /api/v1/rules/{rule_id}`: removes a rule.

use actix_web::web::Data;
use dashtam_application::rules::{DeleteRule, Rules};
use dashtam_domain::id::RuleId;

use crate::{
    openapi::ThingProblems,
    prelude::*,
    views::{self, RuleView},
};

endpoint!(DeleteRule, limits: [Correction]);

/// Remove a rule, and show it as it was.
///
/// The other rules are asked again about the transactions of which it decided something; all others stay as they are.
#[utoipa::path(delete, path = "/api/v1/rules/{rule_id}", tag = "rules",
    params(("rule_id" = views::Id, Path)), responses((status = OK, body = RuleView), ThingProblems))]
async fn handle(call: CallFor<DeleteRule>, id: Id<RuleId>, rules: Data<Rules>) -> Answered {
    let rule = rules.delete(&call, DeleteRule { rule: id.0 }).await?;
    Ok(Answer::ok(&RuleView::from(&rule)))
}
