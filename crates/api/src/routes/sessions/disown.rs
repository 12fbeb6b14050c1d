//! `POST /api/v1/auth/not-me`: ends a session its owner does not know.

use actix_web::web::Data;
use dashtam_application::sessions::{DisownSession, Sessions};
use dashtam_domain::secret::SecretText;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{openapi::PublicProblems, prelude::*, views::Message};

endpoint!(DisownSession, limits: [VerifyEmail]);

/// The token of a "this was not me" link.
#[derive(Deserialize, ToSchema)]
struct NotMeBody {
    #[serde(default)]
    #[schema(value_type = String, required)]
    token: Text,
}

/// End a session its owner does not know, and have a reset of the password mailed.
#[utoipa::path(post, path = "/api/v1/auth/not-me", tag = "sessions", request_body = NotMeBody,
    responses((status = OK, body = Message), PublicProblems))]
async fn handle(asked: Asked<DisownSession, Json<NotMeBody>>, sessions: Data<Sessions>) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let mut checks = Checks::default();
    let token = checks.text("token", body.token).ok_or_else(|| checks.into_problem())?;
    sessions.disown(&call, DisownSession { token: SecretText::new(token) }).await?;
    let message = "The session was ended. A mail tells you how to choose a new password.";
    Ok(Answer::ok(&Message { message }))
}
