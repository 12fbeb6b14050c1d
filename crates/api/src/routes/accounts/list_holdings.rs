//! `GET /api/v1/accounts/{account_id}/holdings`: lists the positions of an account.

use actix_web::web::Data;
use dashtam_application::ledger::{Ledger, ListHoldings};
use dashtam_domain::{id::AccountId, ledger::Holding};

use crate::{
    answer,
    cursor::HoldingKey,
    openapi::{PageParams, ThingProblems},
    prelude::*,
    views::{self, HoldingView},
};

endpoint!(ListHoldings);

/// List the positions of an account, in the order of the source's names of them.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/holdings", tag = "accounts",
    params(("account_id" = views::Id, Path), PageParams),
    responses((status = OK, body = List<HoldingView>), ThingProblems))]
async fn handle(
    call: CallFor<ListHoldings>,
    id: Id<AccountId>,
    query: Query<Listing<HoldingKey>>,
    ledger: Data<Ledger>,
) -> Answered {
    let holdings = ledger.holdings(&call, ListHoldings { account: id.0 }).await?;
    let key = |holding: &Holding| HoldingKey(holding.external_id.clone());
    Ok(answer::page_of(&holdings, &query.0, key, 480, HoldingView::from))
}
