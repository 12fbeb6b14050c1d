//! `DELETE /api/v1/views/{view_id}`: removes a saved view.

use actix_web::web::Data;
use dashtam_application::saved_views::{DeleteSavedView, SavedViews};
use dashtam_domain::id::SavedViewId;

use crate::{
    openapi::ThingProblems,
    prelude::*,
    views::{self, SavedViewView},
};

endpoint!(DeleteSavedView, limits: [Correction]);

/// Remove a saved view, and show it as it was.
#[utoipa::path(delete, path = "/api/v1/views/{view_id}", tag = "transactions",
    params(("view_id" = views::Id, Path)), responses((status = OK, body = SavedViewView), ThingProblems))]
async fn handle(call: CallFor<DeleteSavedView>, id: Id<SavedViewId>, saved: Data<SavedViews>) -> Answered {
    let view = saved.delete(&call, DeleteSavedView { view: id.0 }).await?;
    Ok(Answer::ok(&SavedViewView::from(&view)))
}
