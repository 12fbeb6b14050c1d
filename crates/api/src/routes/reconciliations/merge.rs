//! `POST /api/v1/reconciliations`: merges two transactions.

use actix_web::{http::StatusCode, web::Data};
use dashtam_application::reconciliations::{MergeTransactions, Reconciliations};
use dashtam_domain::{id::IdError, ledger::Decision};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    answer::{Answer, Answered},
    endpoint::endpoint,
    extract::{Asked, Checks, Json, Text},
    openapi::{ChangeProblems, IdempotencyHeader},
    problem::Problem,
    views::ReconciliationView,
};

endpoint!(MergeTransactions, limits: [Correction]);

/// Two transactions of one account, or of accounts that are one, that are one.
#[derive(Deserialize, ToSchema)]
struct MergeBody {
    /// One of them.
    #[serde(default)]
    #[schema(value_type = String, format = Uuid, required)]
    transaction_id: Text,
    /// The other one.
    #[serde(default)]
    #[schema(value_type = String, format = Uuid, required)]
    other_transaction_id: Text,
}

impl MergeBody {
    fn parse(self) -> Result<MergeTransactions, Problem> {
        let mut checks = Checks::default();
        let malformed = |_: &IdError| "malformed";
        let transaction = checks.parse("transaction_id", self.transaction_id, malformed);
        let other = checks.parse("other_transaction_id", self.other_transaction_id, malformed);
        match (transaction, other) {
            (Some(transaction), Some(other)) => Ok(MergeTransactions { transaction, other }),
            _ => Err(checks.into_problem()),
        }
    }
}

fn present(decision: &Decision) -> Answer {
    Answer::new(StatusCode::CREATED, &ReconciliationView::from(decision))
}

/// Merge two transactions of one account, or of accounts that are one, that are one.
///
/// The older one stays, with its id and what you noted of it; a posted one tells what the transaction is. The other one is
/// removed. You can undo it.
#[utoipa::path(post, path = "/api/v1/reconciliations", tag = "reconciliations",
    params(IdempotencyHeader), request_body = MergeBody,
    responses((status = CREATED, body = ReconciliationView), ChangeProblems))]
async fn handle(
    asked: Asked<MergeTransactions, Json<MergeBody>>,
    reconciliations: Data<Reconciliations>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    Ok(present(&reconciliations.merge(&call, body.parse()?, |made| present(made).to_stored()).await?))
}
