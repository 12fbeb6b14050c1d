//! `GET /api/v1/spending`: shows what the caller spent.

use actix_web::web::Data;
use dashtam_application::ledger::{Ledger, ShowSpending};

use super::{OverParams, OverQuery};
use crate::{openapi::ListProblems, prelude::*, views::FlowTotalsView};

endpoint!(ShowSpending, limits: [Report]);

/// Show what the caller spent. Money that came back, such as a refund, makes it less.
///
/// It is the sum of the posted transactions of these days that nobody hid, and of split ones that of their parts. What a
/// category says only changes its place, such as a transfer, is left out, and what has no category counts by its sign.
/// Currencies are added up apart, or in the one that is asked for.
#[utoipa::path(get, path = "/api/v1/spending", tag = "transactions", params(OverParams),
    responses((status = OK, body = FlowTotalsView), ListProblems))]
async fn handle(call: CallFor<ShowSpending>, query: Query<OverQuery>, ledger: Data<Ledger>) -> Answered {
    let totals = ledger.spending(&call, ShowSpending(query.0.0)).await?;
    Ok(Answer::ok(&FlowTotalsView::from(&totals)))
}
