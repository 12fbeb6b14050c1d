//! `POST /api/v1/reconciliations`: merges two transactions.

use actix_web::{http::StatusCode, web::Data};
use dashtam_application::reconciliations::{MergeTransactions, Reconciliations};
use dashtam_domain::ledger::Decision;

use crate::{
    openapi::{ChangeProblems, IdempotencyHeader},
    prelude::*,
    routes::pair::PairBody,
    views::ReconciliationView,
};

endpoint!(MergeTransactions, limits: [Correction]);

fn present(decision: &Decision) -> Answer {
    Answer::new(StatusCode::CREATED, &ReconciliationView::from(decision))
}

/// Merge two transactions of one account, or of accounts that are one, that are one.
///
/// The older one stays, with its id and what you noted of it; a posted one tells what the transaction is. The other one is
/// removed. You can undo it.
#[utoipa::path(post, path = "/api/v1/reconciliations", tag = "reconciliations",
    params(IdempotencyHeader), request_body = PairBody,
    responses((status = CREATED, body = ReconciliationView), ChangeProblems))]
async fn handle(
    asked: Asked<MergeTransactions, Json<PairBody>>,
    reconciliations: Data<Reconciliations>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let (transaction, other) = body.parse()?;
    let request = MergeTransactions { transaction, other };
    Ok(present(&reconciliations.merge(&call, request, |made| present(made).to_stored()).await?))
}
