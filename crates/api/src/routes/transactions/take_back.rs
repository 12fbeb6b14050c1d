//! `DELETE /api/v1/transactions/{transaction_id}/corrections/{field}`: takes a correction of a transaction back.

use actix_web::web::Data;
use dashtam_application::corrections::{Corrections, TakeBackOfTransaction};
use dashtam_domain::{id::TransactionId, ledger::TransactionField};
use utoipa::ToSchema;

use crate::{
    extract::{PathWord, Word},
    openapi::ThingProblems,
    prelude::*,
    views::{self, TransactionDetailView},
};

endpoint!(TakeBackOfTransaction, limits: [Correction]);

impl PathWord for TransactionField {
    fn parse(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

/// A field of a transaction that can be corrected.
#[derive(ToSchema)]
#[schema(as = TransactionField, rename_all = "snake_case")]
#[allow(dead_code, reason = "describes the words that `TransactionField::parse` reads")]
enum FieldName {
    Description,
    Merchant,
    Category,
    Day,
    Sign,
    Note,
    Hidden,
    Split,
    Tags,
    Lots,
}

/// Take the correction of one field of a transaction back: what the institution says is shown again, as it says it now.
///
/// The lots that a sale is named stay (422) while a later sale would lose those that it is named.
#[utoipa::path(delete, path = "/api/v1/transactions/{transaction_id}/corrections/{field}", tag = "transactions",
    params(("transaction_id" = views::Id, Path), ("field" = inline(FieldName), Path)),
    responses((status = OK, body = TransactionDetailView), ThingProblems))]
async fn handle(
    call: CallFor<TakeBackOfTransaction>,
    id: Id<TransactionId>,
    field: Word<TransactionField>,
    corrections: Data<Corrections>,
) -> Answered {
    let request = TakeBackOfTransaction { transaction: id.0, field: field.0 };
    let transaction = corrections.take_back_of_transaction(&call, request).await?;
    Ok(Answer::ok(&TransactionDetailView::from(&transaction)))
}
