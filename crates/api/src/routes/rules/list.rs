//! `GET /api/v1/rules`: lists rules.

use actix_web::web::Data;
use dashtam_application::rules::{ListRules, Rules};
use dashtam_domain::id::AccountId;

use crate::{answer, openapi::ListProblems, prelude::*, views::RuleView};

endpoint!(ListRules);

/// List the rules of the caller, in the order in which they are asked.
#[utoipa::path(get, path = "/api/v1/rules", tag = "rules",
    responses((status = OK, body = List<RuleView>), ListProblems))]
async fn handle(call: CallFor<ListRules>, rules: Data<Rules>) -> Answered {
    let all = rules.list(&call, ListRules).await?;
    let views: Vec<RuleView<'_>> = all.iter().map(RuleView::from).collect();
    Ok(answer::list(&views, None::<&AccountId>, RuleView::SIZE, |view| view))
}
