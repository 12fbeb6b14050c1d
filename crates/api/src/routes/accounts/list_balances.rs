//! `GET /api/v1/balances`: lists the current balances.

use actix_web::web::Data;
use dashtam_application::ledger::{Ledger, ListBalances};
use dashtam_domain::id::AccountId;

use crate::{
    answer,
    openapi::{ListProblems, PageParams},
    prelude::*,
    views::BalanceView,
};

endpoint!(ListBalances);

/// List the current balance of each of the caller's accounts.
#[utoipa::path(get, path = "/api/v1/balances", tag = "accounts", params(PageParams),
    responses((status = OK, body = List<BalanceView>), ListProblems))]
async fn handle(
    call: CallFor<ListBalances>,
    query: Query<Listing<AccountId>>,
    ledger: Data<Ledger>,
) -> Answered {
    let Listing { after, limit } = query.0;
    let page = ledger.balances(&call, ListBalances { after, limit }).await?;
    Ok(answer::list(&page.items, page.next.as_ref(), 240, BalanceView::from))
}
