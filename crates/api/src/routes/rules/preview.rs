//! `POST /api/v1/rules/preview`: shows what a rule would decide.

use actix_web::web::Data;
use dashtam_application::rules::{PreviewRule, Rules};
use dashtam_domain::{id::RuleId, ledger::Line};
use serde::Deserialize;
use utoipa::ToSchema;

use super::terms::{self, ActionsBody, ConditionBody};
use crate::{openapi::ChangeProblems, prelude::*, views::RulePreviewView};

endpoint!(PreviewRule, limits: [PreviewRules]);

/// A rule that is not saved: what it asks and does. Or a saved one, with or without other terms.
#[derive(Deserialize, ToSchema)]
struct PreviewRuleBody {
    /// A saved rule, which is looked at as it is unless conditions and actions are given.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Uuid)]
    rule_id: Field,
    /// Its place among the rules; left out: that of the saved rule, else behind all others.
    #[serde(default)]
    #[schema(value_type = i32, required = false, minimum = 1, maximum = 200)]
    position: Field,
    /// `all` or `any`.
    #[serde(default, rename = "match")]
    #[schema(value_type = String, required = false, pattern = "^(all|any)$")]
    matching: Field,
    #[serde(default)]
    #[schema(value_type = Vec<ConditionBody>, required = false, min_items = 1, max_items = 20)]
    conditions: Field,
    #[serde(default)]
    #[schema(value_type = ActionsBody, required = false)]
    actions: Field,
    #[serde(default)]
    #[schema(value_type = bool, required = false)]
    stop: Field,
}

impl PreviewRuleBody {
    fn parse(self) -> Result<PreviewRule, Problem> {
        let mut checks = Checks::default();
        let message = "This field must be the id of a rule of your own, or null.";
        let rule: Option<RuleId> =
            checks.clearable_word("rule_id", self.rule_id, message, |id| id.parse().ok()).flatten();
        let position = checks.given_number("position", &self.position, 1..=terms::LAST);
        let is_draft = rule.is_none()
            || [&self.matching, &self.conditions, &self.actions, &self.stop]
                .iter()
                .any(|field| !matches!(field, Field::Absent));
        let terms = match is_draft {
            true => terms::read(&mut checks, self.matching, self.conditions, self.actions, &self.stop),
            false => None,
        };
        let name: Option<Line> = checks.wording("name", Text::Given("draft".to_owned()));
        match (name, checks.is_kept()) {
            (Some(name), true) => Ok(PreviewRule { rule, terms, name, position }),
            _ => Err(checks.into_problem()),
        }
    }
}

/// Show what a rule would decide, without storing anything.
///
/// Says how many of the newest 10,000 transactions it takes, how many of these would show something else if all rules were applied
/// with it among them, and up to 50 of these as they are and as they would be. Where there are very many and heavy rules, fewer
/// transactions are looked at.
#[utoipa::path(post, path = "/api/v1/rules/preview", tag = "rules", request_body = PreviewRuleBody,
    responses((status = OK, body = RulePreviewView), ChangeProblems))]
async fn handle(asked: Asked<PreviewRule, Json<PreviewRuleBody>>, rules: Data<Rules>) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let preview = rules.preview(&call, body.parse()?).await?;
    Ok(Answer::ok(&RulePreviewView::from(&preview)))
}
