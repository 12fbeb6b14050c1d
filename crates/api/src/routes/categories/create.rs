//! `POST /api/v1/categories`: makes a category.

use actix_web::{http::StatusCode, web::Data};
use dashtam_application::categories::{Categories, CreateCategory};
use dashtam_domain::{ledger::Line, ledger::meaning::OwnCategory};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{flow, group};
use crate::{
    openapi::{ChangeProblems, IdempotencyHeader},
    prelude::*,
    views::CategoryView,
};

endpoint!(CreateCategory, limits: [Correction]);

/// A category wanted.
#[derive(Deserialize, ToSchema)]
struct CreateCategoryBody {
    /// What people read. No two in one group have the same.
    #[serde(default)]
    #[schema(value_type = String, required, min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")]
    label: Text,
    /// The group it shall be in: the key of one that everybody has, or the id of one of the caller's own that is in none.
    /// Left out or null: it is a group.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^([a-z_]+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$")]
    group: Field,
    /// Which way its money goes: `income`, `expense` or `transfer`. Left out: as that of its group, and `expense` where
    /// there is none.
    #[serde(default)]
    #[schema(value_type = String, required = false, pattern = "^(income|expense|transfer)$")]
    flow: Field,
}

impl CreateCategoryBody {
    fn parse(self) -> Result<CreateCategory, Problem> {
        let mut checks = Checks::default();
        let label: Option<Line> = checks.wording("label", self.label);
        let group = group(&mut checks, self.group).flatten();
        let flow = flow(&mut checks, self.flow);
        match (label, checks.is_kept()) {
            (Some(label), true) => Ok(CreateCategory { label, group, flow }),
            _ => Err(checks.into_problem()),
        }
    }
}

fn present(category: &OwnCategory) -> Answer {
    Answer::new(StatusCode::CREATED, &CategoryView::from(category))
}

/// Make a category.
#[utoipa::path(post, path = "/api/v1/categories", tag = "categories", params(IdempotencyHeader),
    request_body = CreateCategoryBody,
    responses((status = CREATED, body = CategoryView), ChangeProblems))]
async fn handle(
    asked: Asked<CreateCategory, Json<CreateCategoryBody>>,
    categories: Data<Categories>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let stored = |category: &OwnCategory| present(category).to_stored();
    Ok(present(&categories.create(&call, body.parse()?, stored).await?))
}
