//! `PATCH /api/v1/merchants/{merchant_id}`: says whether something is learned of a merchant.

use actix_web::web::Data;
use dashtam_application::merchants::{Merchants, UpdateMerchant};
use dashtam_domain::id::PayeeId;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    openapi::ChangeProblems,
    prelude::*,
    views::{self, MerchantView},
};

endpoint!(UpdateMerchant, limits: [Correction]);

/// What shall be different; what is left out stays as it is.
#[derive(Deserialize, ToSchema)]
struct UpdateMerchantBody {
    /// Whether nothing shall be learned of it.
    #[serde(default)]
    #[schema(value_type = bool, required = false)]
    refused: Field,
}

impl UpdateMerchantBody {
    fn parse(self) -> Result<Option<bool>, Problem> {
        let mut checks = Checks::default();
        let refused = checks.given_flag("refused", &self.refused);
        checks.finish()?;
        Ok(refused)
    }
}

/// Refuse what is learned of a merchant, or take that back.
///
/// Transactions that got a category from it are decided anew; what the caller chose stays.
#[utoipa::path(patch, path = "/api/v1/merchants/{merchant_id}", tag = "merchants",
    params(("merchant_id" = views::Id, Path)), request_body = UpdateMerchantBody,
    responses((status = OK, body = MerchantView), ChangeProblems))]
async fn handle(
    asked: Asked<UpdateMerchant, Json<UpdateMerchantBody>>,
    id: Id<PayeeId>,
    merchants: Data<Merchants>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let request = UpdateMerchant { payee: id.0, is_refused: body.parse()? };
    Ok(Answer::ok(&MerchantView::from(&merchants.update(&call, request).await?)))
}
