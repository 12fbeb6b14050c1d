//! `POST /api/v1/reconciliations/{reconciliation_id}/reject`: refuses a suggestion.

use actix_web::web::Data;
use dashtam_application::reconciliations::{Reconciliations, RejectMatch};
use dashtam_domain::id::DecisionId;

use crate::{
    openapi::ChangeProblems,
    prelude::*,
    views::{self, ReconciliationView},
};

endpoint!(RejectMatch, limits: [Correction]);

/// Say that the two transactions of a suggestion are two.
///
/// They are never suggested again.
#[utoipa::path(post, path = "/api/v1/reconciliations/{reconciliation_id}/reject", tag = "reconciliations",
    params(("reconciliation_id" = views::Id, Path)),
    responses((status = OK, body = ReconciliationView), ChangeProblems))]
async fn handle(
    asked: Asked<RejectMatch, ()>,
    id: Id<DecisionId>,
    reconciliations: Data<Reconciliations>,
) -> Answered {
    let (call, ()) = asked.into_parts();
    let decision = reconciliations.reject(&call, RejectMatch { decision: id.0 }).await?;
    Ok(Answer::ok(&ReconciliationView::from(&decision)))
}
