//! `GET /api/v1/transactions`: lists the caller's transactions.

use actix_web::web::Data;
use dashtam_application::ledger::{Ledger, ListTransactions};

use super::{Wanted, transactions};
use crate::{
    answer::{Answered, List},
    endpoint::endpoint,
    extract::{CallFor, FromParams, Params, Query},
    openapi::ThingProblems,
    views::TransactionView,
};

endpoint!(ListTransactions);

/// Which transactions.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes `TransactionsQuery`")]
struct TransactionParams {
    /// Only of this account.
    #[param(value_type = Option<String>, format = Uuid)]
    account_id: Option<String>,
    /// From this day on.
    #[param(value_type = Option<String>, format = Date)]
    from: Option<String>,
    /// Up to and including this day.
    #[param(value_type = Option<String>, format = Date)]
    to: Option<String>,
    /// `pending`, `posted` or `removed`; removed ones are shown only when asked for.
    #[param(pattern = "^(pending|posted|removed)$")]
    status: Option<String>,
    /// Whether those that a person hid are shown: `without`, `with` or `only` them.
    #[param(pattern = "^(without|with|only)$", default = "without")]
    hidden: Option<String>,
    /// Only of this category, and of those in it if it is a group: a key such as `food` or `food.coffee`, the id of one of
    /// the caller's own, or `none` for those without one.
    #[param(pattern = "^([a-z_]+(\\.[a-z_]+)?|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$")]
    category: Option<String>,
    /// Items of a page.
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: Option<u16>,
    /// The `next_cursor` of the page before; an empty one is the first page.
    cursor: Option<String>,
}

/// The transactions that are asked for.
struct TransactionsQuery(ListTransactions);

impl FromParams for TransactionsQuery {
    fn take(params: &mut Params<'_>) -> Self {
        let account = params.id("account_id");
        Self(Wanted::take(params).of(account))
    }
}

/// List the caller's transactions, newest first.
#[utoipa::path(get, path = "/api/v1/transactions", tag = "transactions", params(TransactionParams),
    responses((status = OK, body = List<TransactionView>), ThingProblems))]
async fn handle(
    call: CallFor<ListTransactions>,
    query: Query<TransactionsQuery>,
    ledger: Data<Ledger>,
) -> Answered {
    transactions(&call, query.0.0, &ledger).await
}
