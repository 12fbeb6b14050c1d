//! `GET /api/v1/exports/{export_id}`: shows a file that is prepared.

use actix_web::web::Data;
use dashtam_application::exports::{Exports, GetExport};
use dashtam_domain::id::ExportId;

use crate::{
    openapi::ThingProblems,
    prelude::*,
    views::{self, ExportJobView},
};

endpoint!(GetExport);

/// Show an export that is prepared: how far it is, and until when its file is kept.
#[utoipa::path(get, path = "/api/v1/exports/{export_id}", tag = "transactions",
    params(("export_id" = views::Id, Path)), responses((status = OK, body = ExportJobView), ThingProblems))]
async fn handle(call: CallFor<GetExport>, id: Id<ExportId>, exports: Data<Exports>) -> Answered {
    let job = exports.show(&call, GetExport { export: id.0 }).await?;
    Ok(Answer::ok(&ExportJobView::from(&job)))
}
