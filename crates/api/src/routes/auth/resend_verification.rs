//! `POST /api/v1/auth/resend-verification`

use actix_web::{http::StatusCode, web::Data};
use dashtam_application::{
    Request,
    registration::{Registration, ResendVerification},
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::email_code;
use crate::{
    answer::Answer,
    extract::{Asked, Checks, Json, Text},
    openapi::PublicProblems,
    problem::Problem,
    routes::Answered,
    views::Message,
};

/// An address.
#[derive(Deserialize, ToSchema)]
pub(crate) struct AddressBody {
    #[serde(default)]
    #[schema(value_type = String, required, format = Email, max_length = 128)]
    email: Text,
}

impl AddressBody {
    /// The address.
    pub(crate) fn parse(self) -> Result<dashtam_domain::identity::EmailAddress, Problem> {
        let mut checks = Checks::default();
        checks.parse("email", self.email, email_code).ok_or_else(|| checks.into_problem())
    }
}

/// Mail the verification link once more.
///
/// The answer is the same for every address. A link goes out if the address waits to be verified, once a minute and
/// five times a day at most; only the newest works.
#[utoipa::path(post, path = "/api/v1/auth/resend-verification", tag = "auth",
    operation_id = ResendVerification::NAME, security(()), request_body = AddressBody,
    responses((status = ACCEPTED, body = Message), PublicProblems))]
pub(crate) async fn resend_verification(
    asked: Asked<ResendVerification, Json<AddressBody>>,
    registration: Data<Registration>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    registration.resend_verification(&call, ResendVerification { email: body.parse()? }).await?;
    let message = "If this address waits to be verified, a new link is on its way.";
    Ok(Answer::new(StatusCode::ACCEPTED, &Message { message }))
}
