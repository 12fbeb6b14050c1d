//! `POST /api/v1/reconciliations/{reconciliation_id}/undo`: makes two transactions again.

use actix_web::web::Data;
use dashtam_application::reconciliations::{Reconciliations, UndoMatch};
use dashtam_domain::id::DecisionId;

use crate::{
    openapi::ChangeProblems,
    prelude::*,
    views::{self, ReconciliationView},
};

endpoint!(UndoMatch, limits: [Correction]);

/// Make two transactions again of the one that a decision made of them.
///
/// Both are as they were, with their ids, and are never suggested again. Later decisions about either of them have to be undone first: the answer is 409 then and names them.
#[utoipa::path(post, path = "/api/v1/reconciliations/{reconciliation_id}/undo", tag = "reconciliations",
    params(("reconciliation_id" = views::Id, Path)),
    responses((status = OK, body = ReconciliationView), ChangeProblems))]
async fn handle(
    asked: Asked<UndoMatch, ()>,
    id: Id<DecisionId>,
    reconciliations: Data<Reconciliations>,
) -> Answered {
    let (call, ()) = asked.into_parts();
    let decision = reconciliations.undo(&call, UndoMatch { decision: id.0 }).await?;
    Ok(Answer::ok(&ReconciliationView::from(&decision)))
}
