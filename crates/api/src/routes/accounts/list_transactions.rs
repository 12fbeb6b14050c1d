//! `GET /api/v1/accounts/{account_id}/transactions`: lists the transactions of an account.

use actix_web::web::Data;
use dashtam_application::ledger::{Ledger, ListTransactions};
use dashtam_domain::{
    id::AccountId,
    ledger::{TransactionFilter, TransactionKey},
    page::Limit,
};

use crate::{
    openapi::ThingProblems,
    prelude::*,
    routes::transactions::{
        NarrowParams, OrderParams, StaleParams, narrowed, only_stale, ordered, stale, transactions,
    },
    views::{self, TransactionView},
};

endpoint!(ListTransactions as "transactions.list_of_account");

/// The transactions of one account that are asked for.
struct AccountTransactionsQuery {
    filter: TransactionFilter,
    is_stale: bool,
    after: Option<TransactionKey>,
    limit: Limit,
}

impl FromParams for AccountTransactionsQuery {
    fn take(params: &mut Params<'_>) -> Self {
        let (order, after) = ordered(params);
        let filter = TransactionFilter { order, ..narrowed(params) };
        Self { filter, is_stale: stale(params), after, limit: params.limit() }
    }
}

/// List the transactions of an account, newest first unless `order` says otherwise.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/transactions", tag = "accounts",
    params(("account_id" = views::Id, Path), NarrowParams, StaleParams, OrderParams),
    responses((status = OK, body = List<TransactionView>), ThingProblems))]
async fn handle(
    call: CallFor<ListTransactions>,
    id: Id<AccountId>,
    query: Query<AccountTransactionsQuery>,
    ledger: Data<Ledger>,
) -> Answered {
    let AccountTransactionsQuery { filter, is_stale, after, limit } = query.0;
    let filter = if is_stale { only_stale(filter, call.now.day()) } else { filter };
    let filter = TransactionFilter { account: Some(id.0), ..filter };
    transactions(&call, ListTransactions { asked: filter.into(), after, limit }, &ledger).await
}
