//! `DELETE /api/v1/auth/second-factor/email`: gives codes by mail up.

use actix_web::web::Data;
use dashtam_application::factor::{DisableEmailCodes, SecondFactors};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{openapi::FactorProblems, prelude::*, views::Message};

endpoint!(DisableEmailCodes, limits: [SecondFactor]);

/// The password once more.
#[derive(Deserialize, ToSchema)]
struct DisableEmailBody {
    #[serde(default)]
    #[schema(value_type = String, required, format = Password, min_length = 1, max_length = 128)]
    password: Text,
}

impl DisableEmailBody {
    fn parse(self) -> Result<DisableEmailCodes, Problem> {
        let mut checks = Checks::default();
        match checks.password("password", self.password) {
            Some(password) => Ok(DisableEmailCodes { password }),
            None => Err(checks.into_problem()),
        }
    }
}

/// Give codes by mail up, by the password.
///
/// The session must have shown both factors within five minutes.
#[utoipa::path(delete, path = "/api/v1/auth/second-factor/email", tag = "second factor",
    request_body = DisableEmailBody, responses((status = OK, body = Message), FactorProblems))]
async fn handle(
    asked: Asked<DisableEmailCodes, Json<DisableEmailBody>>,
    factors: Data<SecondFactors>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    factors.disable_email(&call, body.parse()?).await?;
    Ok(Answer::ok(&Message { message: "The second factor is off. The password alone signs in." }))
}
