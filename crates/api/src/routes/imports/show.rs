//! `GET /api/v1/imports/{import_id}`: shows the report of an import.

use actix_web::web::Data;
use dashtam_application::imports::{GetImport, Imports};
use dashtam_domain::id::ImportId;

use crate::{
    openapi::ThingProblems,
    prelude::*,
    views::{self, ImportView},
};

endpoint!(GetImport);

/// Show the report of an import.
#[utoipa::path(get, path = "/api/v1/imports/{import_id}", tag = "imports",
    params(("import_id" = views::Id, Path)), responses((status = OK, body = ImportView), ThingProblems))]
async fn handle(call: CallFor<GetImport>, id: Id<ImportId>, imports: Data<Imports>) -> Answered {
    let import = imports.get(&call, GetImport { import: id.0 }).await?;
    Ok(Answer::ok(&ImportView::from(&import)))
}
