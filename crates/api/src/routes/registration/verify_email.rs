//! `POST /api/v1/auth/verify-email`: proves an address.

use actix_web::web::Data;
use dashtam_application::registration::{Registration, VerifyEmail};
use dashtam_domain::secret::SecretText;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{openapi::PublicProblems, prelude::*, views::Message};

endpoint!(VerifyEmail, limits: [VerifyEmail]);

/// A mailed token.
#[derive(Deserialize, ToSchema)]
struct VerifyEmailBody {
    #[serde(default)]
    #[schema(value_type = String, required)]
    token: Text,
}

impl VerifyEmailBody {
    fn parse(self) -> Result<VerifyEmail, Problem> {
        let mut checks = Checks::default();
        let token = checks.text("token", self.token).ok_or_else(|| checks.into_problem())?;
        Ok(VerifyEmail { token: SecretText::new(token) })
    }
}

/// Prove an address by the token that was mailed to it.
#[utoipa::path(post, path = "/api/v1/auth/verify-email", tag = "auth", request_body = VerifyEmailBody,
    responses((status = OK, body = Message), PublicProblems))]
async fn handle(
    asked: Asked<VerifyEmail, Json<VerifyEmailBody>>,
    registration: Data<Registration>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    registration.verify_email(&call, body.parse()?).await?;
    Ok(Answer::ok(&Message { message: "The e-mail address is verified. You can sign in now." }))
}
