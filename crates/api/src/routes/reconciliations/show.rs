//! `GET /api/v1/reconciliations/{reconciliation_id}`: shows a decision about two transactions.

use actix_web::web::Data;
use dashtam_application::reconciliations::{GetMatch, Reconciliations};
use dashtam_domain::id::DecisionId;

use crate::{
    openapi::ThingProblems,
    prelude::*,
    views::{self, ReconciliationView},
};

endpoint!(GetMatch);

/// Show a decision about two transactions, with what it is founded on.
#[utoipa::path(get, path = "/api/v1/reconciliations/{reconciliation_id}", tag = "reconciliations",
    params(("reconciliation_id" = views::Id, Path)),
    responses((status = OK, body = ReconciliationView), ThingProblems))]
async fn handle(
    call: CallFor<GetMatch>,
    id: Id<DecisionId>,
    reconciliations: Data<Reconciliations>,
) -> Answered {
    let decision = reconciliations.get(&call, GetMatch { decision: id.0 }).await?;
    Ok(Answer::ok(&ReconciliationView::from(&decision)))
}
