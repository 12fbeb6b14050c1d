//! `PATCH /api/v1/rules/{rule_id}`: changes a rule.

use actix_web::web::Data;
use dashtam_application::rules::{Rules, UpdateRule};
use dashtam_domain::{id::RuleId, ledger::Line, ledger::meaning::rule::RuleChange};
use serde::Deserialize;
use utoipa::ToSchema;

use super::terms::{self, ActionsBody, ConditionBody};
use crate::{
    openapi::ChangeProblems,
    prelude::*,
    views::{self, RuleView},
};

endpoint!(UpdateRule, limits: [Correction]);

/// What shall be different; what is left out stays as it is.
#[derive(Deserialize, ToSchema)]
struct UpdateRuleBody {
    #[serde(default)]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")]
    name: Field,
    /// Another place among the rules, from 1 on; the others make room. Beyond the last is the last.
    #[serde(default)]
    #[schema(value_type = i32, required = false, minimum = 1, maximum = 200)]
    position: Field,
    /// Whether it is asked at all. What it decided before stays until the rules are applied to those transactions again.
    #[serde(default)]
    #[schema(value_type = bool, required = false)]
    enabled: Field,
    /// `all` or `any`.
    #[serde(default, rename = "match")]
    #[schema(value_type = String, required = false, pattern = "^(all|any)$")]
    matching: Field,
    /// Other conditions, in the place of all there were.
    #[serde(default)]
    #[schema(value_type = Vec<ConditionBody>, required = false, min_items = 1, max_items = 20)]
    conditions: Field,
    /// Other actions, in the place of all there were.
    #[serde(default)]
    #[schema(value_type = ActionsBody, required = false)]
    actions: Field,
    /// Whether no later rule is asked about a transaction that this one takes.
    #[serde(default)]
    #[schema(value_type = bool, required = false)]
    stop: Field,
}

impl UpdateRuleBody {
    fn parse(self) -> Result<RuleChange, Problem> {
        let mut checks = Checks::default();
        let name: Option<Line> = checks.given_wording("name", self.name);
        let change = RuleChange {
            name,
            position: checks.given_number("position", &self.position, 1..=terms::LAST),
            is_enabled: checks.given_flag("enabled", &self.enabled),
            matching: terms::matching(&mut checks, self.matching),
            conditions: terms::conditions(&mut checks, self.conditions),
            actions: terms::actions(&mut checks, self.actions),
            stops: checks.given_flag("stop", &self.stop),
        };
        checks.finish()?;
        Ok(change)
    }
}

/// Change a rule, or move it to another place.
///
/// If it asks or does something else then, all rules are asked again about the transactions of which it decided something,
/// and about no others.
#[utoipa::path(patch, path = "/api/v1/rules/{rule_id}", tag = "rules",
    params(("rule_id" = views::Id, Path)), request_body = UpdateRuleBody,
    responses((status = OK, body = RuleView), ChangeProblems))]
async fn handle(
    asked: Asked<UpdateRule, Json<UpdateRuleBody>>,
    id: Id<RuleId>,
    rules: Data<Rules>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let request = UpdateRule { rule: id.0, change: body.parse()? };
    Ok(Answer::ok(&RuleView::from(&rules.update(&call, request).await?)))
}
