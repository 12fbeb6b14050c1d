//! `POST /api/v1/auth/me/deletion/cancel`: keeps an account that was given up.

use actix_web::web::Data;
use dashtam_application::profile::{CancelDeletion, Profile};

use super::LinkBody;
use crate::{openapi::LinkProblems, prelude::*, views::Message};

endpoint!(CancelDeletion, limits: [VerifyEmail]);

/// Keep an account that was given up, by the token that was mailed.
#[utoipa::path(post, path = "/api/v1/auth/me/deletion/cancel", tag = "auth", request_body = LinkBody,
    responses((status = OK, body = Message), LinkProblems))]
async fn handle(asked: Asked<CancelDeletion, Json<LinkBody>>, profile: Data<Profile>) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    profile.cancel_deletion(&call, CancelDeletion { token: body.parse()? }).await?;
    Ok(Answer::ok(&Message { message: "The account is kept. You can sign in again." }))
}
