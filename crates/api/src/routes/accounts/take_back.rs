//! `DELETE /api/v1/accounts/{account_id}/corrections/{field}`: takes a correction of an account back.

use actix_web::web::Data;
use dashtam_application::corrections::{Corrections, TakeBackOfAccount};
use dashtam_domain::{id::AccountId, ledger::AccountField};
use utoipa::ToSchema;

use crate::{
    extract::{PathWord, Word},
    openapi::ThingProblems,
    prelude::*,
    views::{self, AccountView},
};

endpoint!(TakeBackOfAccount, limits: [Correction]);

impl PathWord for AccountField {
    fn parse(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

/// A field of an account that can be corrected.
#[derive(ToSchema)]
#[schema(as = AccountField, rename_all = "snake_case")]
#[allow(dead_code, reason = "describes the words that `AccountField::parse` reads")]
enum FieldName {
    Name,
    AccountType,
    IncludeInNetWorth,
    SameAccountAs,
    DistinctFrom,
    LotMethod,
}

/// Take the correction of one field of an account back: what the institution says is shown again, as it says it now.
#[utoipa::path(delete, path = "/api/v1/accounts/{account_id}/corrections/{field}", tag = "accounts",
    params(("account_id" = views::Id, Path), ("field" = inline(FieldName), Path)),
    responses((status = OK, body = AccountView), ThingProblems))]
async fn handle(
    call: CallFor<TakeBackOfAccount>,
    id: Id<AccountId>,
    field: Word<AccountField>,
    corrections: Data<Corrections>,
) -> Answered {
    let request = TakeBackOfAccount { account: id.0, field: field.0 };
    Ok(Answer::ok(&AccountView::from(&corrections.take_back_of_account(&call, request).await?)))
}
