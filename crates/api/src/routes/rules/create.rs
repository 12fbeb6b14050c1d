//! `POST /api/v1/rules`: makes a rule.

use actix_web::{http::StatusCode, web::Data};
use dashtam_application::rules::{CreateRule, Rules};
use dashtam_domain::{ledger::Line, ledger::meaning::rule::Rule};
use serde::Deserialize;
use utoipa::ToSchema;

use super::terms::{self, ActionsBody, ConditionBody};
use crate::{
    openapi::{ChangeProblems, IdempotencyHeader},
    prelude::*,
    views::RuleView,
};

endpoint!(CreateRule, limits: [Correction]);

/// A rule wanted.
#[derive(Deserialize, ToSchema)]
struct CreateRuleBody {
    /// What people call it.
    #[serde(default)]
    #[schema(value_type = String, required, min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")]
    name: Text,
    /// Its place among the rules, from 1 on. Left out, or beyond the last: behind all others.
    #[serde(default)]
    #[schema(value_type = i32, required = false, minimum = 1, maximum = 200)]
    position: Field,
    /// Whether it is asked at all; true when it is left out.
    #[serde(default)]
    #[schema(value_type = bool, required = false)]
    enabled: Field,
    /// Whether it wants `all` of its conditions, which is so when this is left out, or `any` of them.
    #[serde(default, rename = "match")]
    #[schema(value_type = String, required = false, pattern = "^(all|any)$")]
    matching: Field,
    /// What it asks; 1 to 20 tests, those of an `any` included.
    #[serde(default)]
    #[schema(value_type = Vec<ConditionBody>, required, min_items = 1, max_items = 20)]
    conditions: Field,
    /// What it does: at least one thing.
    #[serde(default)]
    #[schema(value_type = ActionsBody, required)]
    actions: Field,
    /// Whether no later rule is asked about a transaction that this one takes; false when it is left out.
    #[serde(default)]
    #[schema(value_type = bool, required = false)]
    stop: Field,
}

impl CreateRuleBody {
    fn parse(self) -> Result<CreateRule, Problem> {
        let mut checks = Checks::default();
        let name: Option<Line> = checks.wording("name", self.name);
        let position = checks.given_number("position", &self.position, 1..=terms::LAST);
        let is_enabled = checks.given_flag("enabled", &self.enabled).unwrap_or(true);
        let read = terms::read(&mut checks, self.matching, self.conditions, self.actions, &self.stop);
        match (name, read, checks.is_kept()) {
            (Some(name), Some(terms), true) => Ok(CreateRule { name, position, is_enabled, terms }),
            _ => Err(checks.into_problem()),
        }
    }
}

fn present(rule: &Rule) -> Answer {
    Answer::new(StatusCode::CREATED, &RuleView::from(rule))
}

/// Make a rule.
///
/// It is asked about every transaction that is stored or changes from now on. Of several rules that take a transaction, the
/// first that sets a field sets it; what the user corrects counts before any rule.
#[utoipa::path(post, path = "/api/v1/rules", tag = "rules", params(IdempotencyHeader),
    request_body = CreateRuleBody, responses((status = CREATED, body = RuleView), ChangeProblems))]
async fn handle(asked: Asked<CreateRule, Json<CreateRuleBody>>, rules: Data<Rules>) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let stored = |rule: &Rule| present(rule).to_stored();
    Ok(present(&rules.create(&call, body.parse()?, stored).await?))
}
