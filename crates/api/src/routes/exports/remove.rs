//! `DELETE /api/v1/exports/{export_id}`: removes a file that is prepared.

use actix_web::web::Data;
use dashtam_application::exports::{Exports, RemoveExport};
use dashtam_domain::id::ExportId;

use crate::{
    openapi::ThingProblems,
    prelude::*,
    views::{self, ExportJobView},
};

endpoint!(RemoveExport, limits: [Correction]);

/// Remove an export with its file, or stop it where it is not done, and show it as it is then.
#[utoipa::path(delete, path = "/api/v1/exports/{export_id}", tag = "transactions",
    params(("export_id" = views::Id, Path)), responses((status = OK, body = ExportJobView), ThingProblems))]
async fn handle(call: CallFor<RemoveExport>, id: Id<ExportId>, exports: Data<Exports>) -> Answered {
    let job = exports.remove(&call, RemoveExport { export: id.0 }).await?;
    Ok(Answer::ok(&ExportJobView::from(&job)))
}
