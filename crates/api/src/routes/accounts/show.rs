//! `GET /api/v1/accounts/{account_id}`: shows an account.

use actix_web::web::Data;
use dashtam_application::ledger::{GetAccount, Ledger};
use dashtam_domain::id::AccountId;

use crate::{
    openapi::ThingProblems,
    prelude::*,
    views::{self, AccountView},
};

endpoint!(GetAccount);

/// Show an account.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}", tag = "accounts",
    params(("account_id" = views::Id, Path)), responses((status = OK, body = AccountView), ThingProblems))]
async fn handle(call: CallFor<GetAccount>, id: Id<AccountId>, ledger: Data<Ledger>) -> Answered {
    Ok(Answer::ok(&AccountView::from(&ledger.account(&call, GetAccount { account: id.0 }).await?)))
}
