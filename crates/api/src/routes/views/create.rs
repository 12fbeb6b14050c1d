//! `POST /api/v1/views`: saves a view.

use std::collections::BTreeMap;

use actix_web::{http::StatusCode, web::Data};
use dashtam_application::saved_views::{CreateSavedView, SavedViews};
use dashtam_domain::ledger::{Line, SavedView};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::filter;
use crate::{
    openapi::{ChangeProblems, IdempotencyHeader},
    prelude::*,
    views::SavedViewView,
};

endpoint!(CreateSavedView, limits: [Correction]);

/// A view wanted.
#[derive(Deserialize, ToSchema)]
struct CreateSavedViewBody {
    /// What people read. No two have the same.
    #[serde(default)]
    #[schema(value_type = String, required, min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")]
    name: Text,
    /// Parameters of `GET /transactions` by their names, each a string as it stands in a query; not `limit` and `cursor`.
    #[serde(default)]
    #[schema(value_type = Object, required)]
    filter: Field,
}

impl CreateSavedViewBody {
    fn parse(self) -> Result<CreateSavedView, Problem> {
        let mut checks = Checks::default();
        let name: Option<Line> = checks.wording("name", self.name);
        let members = match self.filter {
            Field::Absent | Field::Given(Value::Null) => {
                checks.broken("filter", "missing", "This field is required.");
                None
            }
            given => checks.clearable_object("filter", given).flatten(),
        };
        let filter: BTreeMap<String, String> =
            members.map(|members| filter(&mut checks, members)).unwrap_or_default();
        match (name, checks.is_kept()) {
            (Some(name), true) => Ok(CreateSavedView { name, filter }),
            _ => Err(checks.into_problem()),
        }
    }
}

fn present(view: &SavedView) -> Answer {
    Answer::new(StatusCode::CREATED, &SavedViewView::from(view))
}

/// Save what is asked of transactions under a name. There may be 100 views.
#[utoipa::path(post, path = "/api/v1/views", tag = "transactions", params(IdempotencyHeader),
    request_body = CreateSavedViewBody,
    responses((status = CREATED, body = SavedViewView), ChangeProblems))]
async fn handle(
    asked: Asked<CreateSavedView, Json<CreateSavedViewBody>>,
    views: Data<SavedViews>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let stored = |view: &SavedView| present(view).to_stored();
    Ok(present(&views.create(&call, body.parse()?, stored).await?))
}
