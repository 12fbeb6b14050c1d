//! `DELETE /api/v1/merchants/{merchant_id}`: forgets a merchant.

use actix_web::web::Data;
use dashtam_application::merchants::{ForgetMerchant, Merchants};
use dashtam_domain::id::PayeeId;

use crate::{
    openapi::ThingProblems,
    prelude::*,
    views::{self, MerchantView},
};

endpoint!(ForgetMerchant, limits: [Correction]);

/// Forget what was learned of a merchant, and show it as it was.
///
/// Transactions that got a category from it are decided anew; what the caller chose stays, and is learned from no more.
#[utoipa::path(delete, path = "/api/v1/merchants/{merchant_id}", tag = "merchants",
    params(("merchant_id" = views::Id, Path)), responses((status = OK, body = MerchantView), ThingProblems))]
async fn handle(call: CallFor<ForgetMerchant>, id: Id<PayeeId>, merchants: Data<Merchants>) -> Answered {
    let payee = merchants.forget(&call, ForgetMerchant { payee: id.0 }).await?;
    Ok(Answer::ok(&MerchantView::from(&payee)))
}
