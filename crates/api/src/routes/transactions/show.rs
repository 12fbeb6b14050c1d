//! `GET /api/v1/transactions/{transaction_id}`: shows a transaction with its legs and fees.

use actix_web::web::Data;
use dashtam_application::ledger::{GetTransaction, Ledger};
use dashtam_domain::id::TransactionId;

use crate::{
    openapi::ThingProblems,
    prelude::*,
    views::{self, TransactionDetailView},
};

endpoint!(GetTransaction);

/// Show a transaction with its legs and fees, which lists leave out.
#[utoipa::path(get, path = "/api/v1/transactions/{transaction_id}", tag = "transactions",
    params(("transaction_id" = views::Id, Path)),
    responses((status = OK, body = TransactionDetailView), ThingProblems))]
async fn handle(call: CallFor<GetTransaction>, id: Id<TransactionId>, ledger: Data<Ledger>) -> Answered {
    let transaction = ledger.transaction(&call, GetTransaction { transaction: id.0 }).await?;
    Ok(Answer::ok(&TransactionDetailView::from(&transaction)))
}
