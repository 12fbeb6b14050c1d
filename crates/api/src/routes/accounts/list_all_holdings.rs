//! `GET /api/v1/holdings`: lists the positions of all accounts.

use actix_web::web::Data;
use dashtam_application::ledger::{Ledger, ListAllHoldings};
use dashtam_domain::ledger::HoldingKey;

use crate::{
    answer,
    openapi::{ListProblems, PageParams},
    prelude::*,
    views::HoldingView,
};

endpoint!(ListAllHoldings);

/// List the positions of all accounts, account by account.
#[utoipa::path(get, path = "/api/v1/holdings", tag = "accounts", params(PageParams),
    responses((status = OK, body = List<HoldingView>), ListProblems))]
async fn handle(
    call: CallFor<ListAllHoldings>,
    query: Query<Listing<HoldingKey>>,
    ledger: Data<Ledger>,
) -> Answered {
    let Listing { after, limit } = query.0;
    let page = ledger.all_holdings(&call, ListAllHoldings { after, limit }).await?;
    Ok(answer::list(&page.items, page.next.as_ref(), 480, HoldingView::from))
}
