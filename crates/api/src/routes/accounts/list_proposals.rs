//! `GET /api/v1/account-proposals`: lists accounts that look like one.

use actix_web::web::Data;
use dashtam_application::ledger::{Ledger, ListProposals};
use dashtam_domain::ledger::AccountProposal;

use crate::{
    answer,
    cursor::HoldingKey,
    openapi::{ListProblems, PageParams},
    prelude::*,
    views::AccountProposalView,
};

endpoint!(ListProposals, limits: [Report]);

/// List accounts that look like one.
///
/// Accounts of the same currency and sort whose institution and number agree, as far as the transactions of the days that
/// both tell of agree, too; and accounts that came back under new ids. `PATCH /accounts/{account_id}` with `same_account_as`
/// makes them one, and with `distinct_from` they are not proposed again. Nothing is joined unasked.
#[utoipa::path(get, path = "/api/v1/account-proposals", tag = "accounts", params(PageParams),
    responses((status = OK, body = List<AccountProposalView>), ListProblems))]
async fn handle(
    call: CallFor<ListProposals>,
    query: Query<Listing<HoldingKey>>,
    ledger: Data<Ledger>,
) -> Answered {
    let proposals = ledger.proposals(&call, ListProposals).await?;
    let key = |of: &AccountProposal| HoldingKey(format!("{}:{}", of.account, of.same_as));
    Ok(answer::page_of(&proposals, &query.0, key, 320, AccountProposalView::from))
}
