//! `DELETE /api/v1/imports/{import_id}`: takes back what an import did.

use actix_web::web::Data;
use dashtam_application::imports::{Imports, UndoImport};
use dashtam_domain::id::ImportId;

use crate::{
    openapi::ThingProblems,
    prelude::*,
    views::{self, ImportView},
};

endpoint!(UndoImport, limits: [Import]);

/// Undo an import.
///
/// Rows that only this import told go, with its balances and with the accounts that it made, if nothing else is in
/// them. Rows that another import or a synchronisation told too stay, and rows that a correction in the file had taken
/// back are there again. The report stays and says `undone`, and the same file can be imported again.
#[utoipa::path(delete, path = "/api/v1/imports/{import_id}", tag = "imports",
    params(("import_id" = views::Id, Path)), responses((status = OK, body = ImportView), ThingProblems))]
async fn handle(call: CallFor<UndoImport>, id: Id<ImportId>, imports: Data<Imports>) -> Answered {
    let import = imports.undo(&call, UndoImport { import: id.0 }).await?;
    Ok(Answer::ok(&ImportView::from(&import)))
}
