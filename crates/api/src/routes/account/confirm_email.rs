//! `POST /api/v1/auth/me/email/confirm`: proves the new address.

use actix_web::web::Data;
use dashtam_application::profile::{ConfirmEmail, Profile};

use super::LinkBody;
use crate::{openapi::LinkProblems, prelude::*, views::Message};

endpoint!(ConfirmEmail, limits: [VerifyEmail]);

/// Prove the new address by the token that was mailed to it.
#[utoipa::path(post, path = "/api/v1/auth/me/email/confirm", tag = "auth", request_body = LinkBody,
    responses((status = OK, body = Message), LinkProblems))]
async fn handle(asked: Asked<ConfirmEmail, Json<LinkBody>>, profile: Data<Profile>) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    profile.confirm_email(&call, ConfirmEmail { token: body.parse()? }).await?;
    Ok(Answer::ok(&Message { message: "The account uses this address from now on." }))
}
