//! `GET /api/v1/accounts`: lists the caller's accounts.

use actix_web::web::Data;
use dashtam_application::ledger::{Ledger, ListAccounts};
use dashtam_domain::id::ConnectionId;

use crate::{answer, openapi::ListProblems, prelude::*, views::AccountView};

endpoint!(ListAccounts);

/// Which accounts.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes `AccountsQuery`")]
struct AccountsParams {
    /// Only of this provider instance.
    #[param(value_type = Option<String>, format = Uuid)]
    provider_id: Option<String>,
    /// Items of a page.
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: Option<u16>,
    /// The `next_cursor` of the page before; an empty one is the first page.
    cursor: Option<String>,
}

/// The accounts that are asked for.
struct AccountsQuery(ListAccounts);

impl FromParams for AccountsQuery {
    fn take(params: &mut Params<'_>) -> Self {
        let connection: Option<ConnectionId> = params.id("provider_id");
        let Listing { after, limit } = Listing::take(params);
        Self(ListAccounts { connection, after, limit })
    }
}

/// List the caller's accounts, oldest first.
#[utoipa::path(get, path = "/api/v1/accounts", tag = "accounts", params(AccountsParams),
    responses((status = OK, body = List<AccountView>), ListProblems))]
async fn handle(call: CallFor<ListAccounts>, query: Query<AccountsQuery>, ledger: Data<Ledger>) -> Answered {
    let page = ledger.accounts(&call, query.0.0).await?;
    Ok(answer::list(&page.items, page.next.as_ref(), 720, AccountView::from))
}
