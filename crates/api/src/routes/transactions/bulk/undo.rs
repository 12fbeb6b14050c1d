//! `POST /api/v1/transactions/bulk/{edit_id}/undo`: takes the last correction of many transactions back.

use actix_web::web::Data;
use dashtam_application::corrections::{Corrections, UndoBulkCorrect};
use dashtam_domain::id::BulkEditId;

use crate::{
    openapi::ChangeProblems,
    prelude::*,
    views::{self, BulkUndoneView},
};

endpoint!(UndoBulkCorrect, limits: [BulkCorrection]);

/// Take back what the last request of many corrections changed.
///
/// Only the last one can be taken back, once, and within 30 days. What was corrected otherwise since stays as it is, and so does a category
/// whose earlier one is gone; `kept` says in how many transactions.
#[utoipa::path(post, path = "/api/v1/transactions/bulk/{edit_id}/undo", tag = "transactions",
    params(("edit_id" = views::Id, Path)), responses((status = OK, body = BulkUndoneView), ChangeProblems))]
async fn handle(
    asked: Asked<UndoBulkCorrect, ()>,
    id: Id<BulkEditId>,
    corrections: Data<Corrections>,
) -> Answered {
    let (call, ()) = asked.into_parts();
    let undone = corrections.undo_bulk(&call, UndoBulkCorrect { edit: id.0 }).await?;
    Ok(Answer::ok(&BulkUndoneView::from(undone)))
}
