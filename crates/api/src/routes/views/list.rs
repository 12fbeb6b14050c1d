//! `GET /api/v1/views`: lists saved views.

use actix_web::web::Data;
use dashtam_application::saved_views::{ListSavedViews, SavedViews};
use dashtam_domain::id::AccountId;

use crate::{answer, openapi::ListProblems, prelude::*, views::SavedViewView};

endpoint!(ListSavedViews);

/// List the caller's saved views, in the order in which they were made.
#[utoipa::path(get, path = "/api/v1/views", tag = "transactions",
    responses((status = OK, body = List<SavedViewView>), ListProblems))]
async fn handle(call: CallFor<ListSavedViews>, views: Data<SavedViews>) -> Answered {
    let all = views.list(&call, ListSavedViews).await?;
    Ok(answer::list(&all, None::<&AccountId>, SavedViewView::SIZE, SavedViewView::from))
}
