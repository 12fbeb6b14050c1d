//! `PATCH /api/v1/categories/{category_id}`: changes a category.

use actix_web::web::Data;
use dashtam_application::categories::{Categories, UpdateCategory};
use dashtam_domain::{id::CategoryId, ledger::Line, ledger::meaning::CategoryChange};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{flow, group};
use crate::{
    openapi::ChangeProblems,
    prelude::*,
    views::{self, CategoryView},
};

endpoint!(UpdateCategory, limits: [Correction]);

/// What shall be different; what is left out stays as it is.
#[derive(Deserialize, ToSchema)]
struct UpdateCategoryBody {
    #[serde(default)]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")]
    label: Field,
    /// Another group; null makes it a group.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^([a-z_]+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$")]
    group: Field,
    /// `income`, `expense` or `transfer`.
    #[serde(default)]
    #[schema(value_type = String, required = false, pattern = "^(income|expense|transfer)$")]
    flow: Field,
    /// Whether it is no longer offered. Transactions that have it keep it.
    #[serde(default)]
    #[schema(value_type = bool, required = false)]
    archived: Field,
}

impl UpdateCategoryBody {
    fn parse(self) -> Result<CategoryChange, Problem> {
        let mut checks = Checks::default();
        let label: Option<Line> = checks.given_wording("label", self.label);
        let change = CategoryChange {
            label,
            group: group(&mut checks, self.group),
            flow: flow(&mut checks, self.flow),
            is_archived: checks.given_flag("archived", &self.archived),
        };
        checks.finish()?;
        Ok(change)
    }
}

/// Change a category of the caller's own. Transactions that have it keep it.
#[utoipa::path(patch, path = "/api/v1/categories/{category_id}", tag = "categories",
    params(("category_id" = views::Id, Path)), request_body = UpdateCategoryBody,
    responses((status = OK, body = CategoryView), ChangeProblems))]
async fn handle(
    asked: Asked<UpdateCategory, Json<UpdateCategoryBody>>,
    id: Id<CategoryId>,
    categories: Data<Categories>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let request = UpdateCategory { category: id.0, change: body.parse()? };
    Ok(Answer::ok(&CategoryView::from(&categories.update(&call, request).await?)))
}
