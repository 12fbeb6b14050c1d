//! `PATCH /api/v1/views/{view_id}`: changes a saved view.

use std::collections::BTreeMap;

use actix_web::web::Data;
use dashtam_application::saved_views::{SavedViews, UpdateSavedView};
use dashtam_domain::{id::SavedViewId, ledger::Line};
use serde::Deserialize;
use utoipa::ToSchema;

use super::filter;
use crate::{
    openapi::ChangeProblems,
    prelude::*,
    views::{self, SavedViewView},
};

endpoint!(UpdateSavedView, limits: [Correction]);

/// What shall be different; what is left out stays as it is.
#[derive(Deserialize, ToSchema)]
struct UpdateSavedViewBody {
    #[serde(default)]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")]
    name: Field,
    /// Something else that is asked, in the place of all that was.
    #[serde(default)]
    #[schema(value_type = Object, required = false)]
    filter: Field,
}

impl UpdateSavedViewBody {
    fn parse(self, view: SavedViewId) -> Result<UpdateSavedView, Problem> {
        let mut checks = Checks::default();
        let name: Option<Line> = checks.given_wording("name", self.name);
        let members = checks.clearable_object("filter", self.filter);
        if members == Some(None) {
            checks.broken("filter", "wrong_type", "This field must be a JSON object.");
        }
        let filter: Option<BTreeMap<String, String>> =
            members.flatten().map(|members| filter(&mut checks, members));
        checks.finish()?;
        Ok(UpdateSavedView { view, name, filter })
    }
}

/// Change a saved view.
#[utoipa::path(patch, path = "/api/v1/views/{view_id}", tag = "transactions",
    params(("view_id" = views::Id, Path)), request_body = UpdateSavedViewBody,
    responses((status = OK, body = SavedViewView), ChangeProblems))]
async fn handle(
    asked: Asked<UpdateSavedView, Json<UpdateSavedViewBody>>,
    id: Id<SavedViewId>,
    saved: Data<SavedViews>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    Ok(Answer::ok(&SavedViewView::from(&saved.update(&call, body.parse(id.0)?).await?)))
}
