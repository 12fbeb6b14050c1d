//! `GET /api/v1/transactions/totals`: adds transactions up.

use actix_web::web::Data;
use dashtam_application::ledger::{Ledger, ShowTotals};
use dashtam_domain::id::AccountId;

use super::{Asked, NarrowParams, SourceParams};
use crate::{answer, openapi::ThingProblems, prelude::*, views::TransactionTotalView};

endpoint!(ShowTotals, limits: [Export]);

/// Show what the caller's transactions come to, for each currency: those that `GET /transactions` lists for the same
/// parameters.
#[utoipa::path(get, path = "/api/v1/transactions/totals", tag = "transactions",
    params(SourceParams, NarrowParams),
    responses((status = OK, body = List<TransactionTotalView>), ThingProblems))]
async fn handle(call: CallFor<ShowTotals>, query: Query<Asked>, ledger: Data<Ledger>) -> Answered {
    let totals = ledger.transaction_totals(&call, ShowTotals(query.0.0)).await?;
    Ok(answer::list(&totals, None::<&AccountId>, TransactionTotalView::SIZE, TransactionTotalView::from))
}
