//! `POST /api/v1/auth/resend-verification`

use actix_web::{http::StatusCode, web::Data};
use dashtam_application::{
    Request,
    delivery::AskedFor,
    registration::{Registration, ResendVerification},
};
use dashtam_domain::call::Call;
use serde::Deserialize;
use utoipa::ToSchema;

use super::email_code;
use crate::{
    answer::Answer,
    extract::{Asked, Checks, Json, Text},
    openapi::PublicProblems,
    problem::Problem,
    routes::Answered,
    views::{AskedForView, Moment},
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

/// What is told of a mail that was asked for.
pub(crate) fn asked_for(call: &Call, message: &'static str, asked: AskedFor) -> Answer {
    let view = AskedForView { message, next_mail_at: Moment(asked.next_at) };
    Answer::new(StatusCode::ACCEPTED, &view).again_at(asked.next_at, call.now)
}

/// Mail the verification link once more.
///
/// The answer is the same for every address. A link goes out if the address waits to be verified, once a minute and
/// five times a day at most; earlier links work until one of them is used. Asked again within a minute, it changes nothing
/// and says when it will.
#[utoipa::path(post, path = "/api/v1/auth/resend-verification", tag = "auth",
    operation_id = ResendVerification::NAME, security(()), request_body = AddressBody,
    responses((status = ACCEPTED, body = AskedForView, headers(("Retry-After" = u32))), PublicProblems))]
pub(crate) async fn resend_verification(
    asked: Asked<ResendVerification, Json<AddressBody>>,
    registration: Data<Registration>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let asked = registration.resend_verification(&call, ResendVerification { email: body.parse()? }).await?;
    let message = match asked.taken {
        true => "If this address waits to be verified, a new link is on its way.",
        false => {
            "A link was asked for a moment ago. Another one is sent only after a minute; ask again then."
        }
    };
    Ok(asked_for(&call, message, asked))
}
