//! `GET /api/v1/exports/jobs`: lists the files that are prepared.

use actix_web::web::Data;
use dashtam_application::exports::{Exports, ListExports};
use dashtam_domain::id::AccountId;

use crate::{answer, openapi::ListProblems, prelude::*, views::ExportJobView};

endpoint!(ListExports);

/// List the caller's exports that are prepared or wait for it, the newest first.
#[utoipa::path(get, path = "/api/v1/exports/jobs", tag = "transactions",
    responses((status = OK, body = List<ExportJobView>), ListProblems))]
async fn handle(call: CallFor<ListExports>, exports: Data<Exports>) -> Answered {
    let jobs = exports.list(&call, ListExports).await?;
    Ok(answer::list(&jobs, None::<&AccountId>, ExportJobView::SIZE, ExportJobView::from))
}
