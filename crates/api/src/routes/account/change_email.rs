//! `POST /api/v1/auth/me/email`: asks for another address.

use actix_web::{http::StatusCode, web::Data};
use dashtam_application::profile::{Profile, RequestEmailChange};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{openapi::ProfileProblems, prelude::*, views::Message};

endpoint!(RequestEmailChange, limits: [AccountChange]);

/// Another address.
#[derive(Deserialize, ToSchema)]
struct ChangeEmailBody {
    #[serde(default)]
    #[schema(value_type = String, required, format = Email, max_length = 128)]
    new_email: Text,
    /// The account's password.
    #[serde(default)]
    #[schema(value_type = String, required, format = Password, min_length = 1, max_length = 128)]
    password: Text,
}

impl ChangeEmailBody {
    fn parse(self) -> Result<RequestEmailChange, Problem> {
        let mut checks = Checks::default();
        let new_email = checks.email("new_email", self.new_email);
        let password = checks.password("password", self.password);
        match (new_email, password) {
            (Some(new_email), Some(password)) => Ok(RequestEmailChange { new_email, password }),
            _ => Err(checks.into_problem()),
        }
    }
}

/// Ask for another address.
///
/// A link goes to the new address; the account moves when it is followed. The answer is the same for a taken address,
/// whose owner gets a notice. After a change there is none for seven days, in which the earlier address can take it
/// back.
#[utoipa::path(post, path = "/api/v1/auth/me/email", tag = "auth", request_body = ChangeEmailBody,
    responses((status = ACCEPTED, body = Message), ProfileProblems))]
async fn handle(asked: Asked<RequestEmailChange, Json<ChangeEmailBody>>, profile: Data<Profile>) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    profile.request_email_change(&call, body.parse()?).await?;
    let message = "Follow the link that was mailed to the new address.";
    Ok(Answer::new(StatusCode::ACCEPTED, &Message { message }))
}
