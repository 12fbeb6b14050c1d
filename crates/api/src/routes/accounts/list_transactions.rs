//! `GET /api/v1/accounts/{account_id}/transactions`: lists the transactions of an account.

use actix_web::web::Data;
use dashtam_application::ledger::{Ledger, ListTransactions};
use dashtam_domain::id::AccountId;

use crate::{
    answer::{Answered, List},
    endpoint::endpoint,
    extract::{CallFor, FromParams, Id, Params, Query},
    openapi::ThingProblems,
    routes::transactions::{Wanted, transactions},
    views::{self, TransactionView},
};

endpoint!(ListTransactions as "transactions.list_of_account");

/// Which transactions of one account.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes `AccountTransactionsQuery`")]
struct AccountTransactionParams {
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

/// The transactions of one account that are asked for.
struct AccountTransactionsQuery(Wanted);

impl FromParams for AccountTransactionsQuery {
    fn take(params: &mut Params<'_>) -> Self {
        Self(Wanted::take(params))
    }
}

/// List the transactions of an account, newest first.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/transactions", tag = "accounts",
    params(("account_id" = views::Id, Path), AccountTransactionParams),
    responses((status = OK, body = List<TransactionView>), ThingProblems))]
async fn handle(
    call: CallFor<ListTransactions>,
    id: Id<AccountId>,
    query: Query<AccountTransactionsQuery>,
    ledger: Data<Ledger>,
) -> Answered {
    transactions(&call, query.0.0.of(Some(id.0)), &ledger).await
}
