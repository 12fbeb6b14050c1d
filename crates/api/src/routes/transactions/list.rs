//! `GET /api/v1/transactions`: lists the caller's transactions.

use actix_web::web::Data;
use dashtam_application::ledger::{Ledger, ListTransactions};

use super::{
    Asked, NarrowParams, OrderParams, SourceParams, StaleParams, only_stale, ordered, stale, transactions,
};
use crate::{openapi::ThingProblems, prelude::*, views::TransactionView};

endpoint!(ListTransactions);

/// The transactions that are asked for.
struct TransactionsQuery {
    wanted: ListTransactions,
    is_stale: bool,
}

impl FromParams for TransactionsQuery {
    fn take(params: &mut Params<'_>) -> Self {
        let Asked(mut asked) = Asked::take(params);
        let (order, after) = ordered(params);
        asked.filter.order = order;
        let is_stale = stale(params);
        Self { wanted: ListTransactions { asked, after, limit: params.limit() }, is_stale }
    }
}

/// List the caller's transactions, newest first unless `order` says otherwise.
#[utoipa::path(get, path = "/api/v1/transactions", tag = "transactions",
    params(SourceParams, NarrowParams, StaleParams, OrderParams),
    responses((status = OK, body = List<TransactionView>), ThingProblems))]
async fn handle(
    call: CallFor<ListTransactions>,
    query: Query<TransactionsQuery>,
    ledger: Data<Ledger>,
) -> Answered {
    let TransactionsQuery { mut wanted, is_stale } = query.0;
    if is_stale {
        wanted.asked.filter = only_stale(wanted.asked.filter, call.now.day());
    }
    transactions(&call, wanted, &ledger).await
}
