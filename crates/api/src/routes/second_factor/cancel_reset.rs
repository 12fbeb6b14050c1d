//! `POST /api/v1/auth/second-factor/reset/cancel`: keeps a second factor that is going to be reset.

use actix_web::web::Data;
use dashtam_application::administration::{Administration, CancelSecondFactorReset};
use dashtam_domain::secret::SecretText;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{openapi::LinkProblems, prelude::*, views::Message};

endpoint!(CancelSecondFactorReset, limits: [VerifyEmail]);

/// A mailed token.
#[derive(Deserialize, ToSchema)]
struct KeepSecondFactorBody {
    #[serde(default)]
    #[schema(value_type = String, required)]
    token: Text,
}

/// Keep a second factor that is going to be reset, by the mailed token.
#[utoipa::path(post, path = "/api/v1/auth/second-factor/reset/cancel", tag = "auth",
    request_body = KeepSecondFactorBody, responses((status = OK, body = Message), LinkProblems))]
async fn handle(
    asked: Asked<CancelSecondFactorReset, Json<KeepSecondFactorBody>>,
    administration: Data<Administration>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let mut checks = Checks::default();
    let token = checks.text("token", body.token).ok_or_else(|| checks.into_problem())?;
    let request = CancelSecondFactorReset { token: SecretText::new(token) };
    administration.cancel_second_factor_reset(&call, request).await?;
    Ok(Answer::ok(&Message { message: "Your second factor stays as it is." }))
}
