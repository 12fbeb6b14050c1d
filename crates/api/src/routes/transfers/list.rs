//! `GET /api/v1/transfers`: lists transfers between a user's own accounts.

use actix_web::web::Data;
use dashtam_application::transfers::{ListTransfers, Transfers};
use dashtam_domain::ledger::DecisionState;

use crate::{answer, openapi::ListProblems, prelude::*, views::TransferView};

endpoint!(ListTransfers);

/// Which transfers.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes `TransfersQuery`")]
struct TransfersParams {
    /// Only those that stand there: `suggested`, `applied`, `rejected` or `undone`.
    #[param(pattern = "^(suggested|applied|rejected|undone)$")]
    state: Option<String>,
    /// Items of a page.
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: Option<u16>,
    /// The `next_cursor` of the page before; an empty one is the first page.
    cursor: Option<String>,
}

/// The transfers that are asked for.
struct TransfersQuery(ListTransfers);

impl FromParams for TransfersQuery {
    fn take(params: &mut Params<'_>) -> Self {
        let states = "The state must be suggested, applied, rejected or undone.";
        let state = params.read("state", "unknown", states, DecisionState::parse);
        Self(ListTransfers { state, after: params.cursor(), limit: params.limit() })
    }
}

/// List the transfers between your own accounts, the newest first.
///
/// They are found by amount, days, accounts and text, and are neither income nor spending. Those that are `suggested` wait for
/// you: accept or reject them under `/reconciliations` by their id, where you also undo one that is none. That one payment
/// arrived as several, or several as one, is only ever suggested: where two or three amounts of one account add up to one of
/// another one exactly, and in no other way.
#[utoipa::path(get, path = "/api/v1/transfers", tag = "transfers", params(TransfersParams),
    responses((status = OK, body = List<TransferView>), ListProblems))]
async fn handle(
    call: CallFor<ListTransfers>,
    query: Query<TransfersQuery>,
    transfers: Data<Transfers>,
) -> Answered {
    let page = transfers.list(&call, query.0.0).await?;
    Ok(answer::list(&page.items, page.next.as_ref(), TransferView::SIZE, TransferView::from))
}
