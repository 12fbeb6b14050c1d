//! `GET /api/v1/admin/work`: shows how far the work for everybody is.

use actix_web::web::Data;
use dashtam_application::upkeep::{ShowWork, Upkeep};

use crate::{openapi::AdminListProblems, prelude::*, views::WorkView};

endpoint!(ShowWork);

/// Show how far the work for everybody is: what waits for a worker, and how the connections to each institution are. For
/// administrators.
///
/// Connections are counted; whose they are is not told.
#[utoipa::path(get, path = "/api/v1/admin/work", tag = "administration",
    responses((status = OK, body = WorkView), AdminListProblems))]
async fn handle(call: CallFor<ShowWork>, upkeep: Data<Upkeep>) -> Answered {
    let work = upkeep.show_work(&call, ShowWork).await?;
    Ok(Answer::ok(&WorkView::from(&work)))
}
