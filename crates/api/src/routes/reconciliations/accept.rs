//! `POST /api/v1/reconciliations/{reconciliation_id}/accept`: makes one transaction of two.

use actix_web::web::Data;
use dashtam_application::reconciliations::{AcceptMatch, Reconciliations};
use dashtam_domain::id::DecisionId;

use crate::{
    openapi::ChangeProblems,
    prelude::*,
    views::{self, ReconciliationView},
};

endpoint!(AcceptMatch, limits: [Correction]);

/// Make one transaction of the two a suggestion is about.
///
/// The older one stays, with its id and what you noted of it; the other one is removed. You can undo it. Of a transfer all
/// transactions stay, and all or none become part of it.
#[utoipa::path(post, path = "/api/v1/reconciliations/{reconciliation_id}/accept", tag = "reconciliations",
    params(("reconciliation_id" = views::Id, Path)),
    responses((status = OK, body = ReconciliationView), ChangeProblems))]
async fn handle(
    asked: Asked<AcceptMatch, ()>,
    id: Id<DecisionId>,
    reconciliations: Data<Reconciliations>,
) -> Answered {
    let (call, ()) = asked.into_parts();
    let decision = reconciliations.accept(&call, AcceptMatch { decision: id.0 }).await?;
    Ok(Answer::ok(&ReconciliationView::from(&decision)))
}
