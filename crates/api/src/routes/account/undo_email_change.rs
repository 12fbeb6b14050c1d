//! `POST /api/v1/auth/me/email/undo`: takes a change of the address back.

use actix_web::web::Data;
use dashtam_application::profile::{Profile, UndoEmailChange};

use super::LinkBody;
use crate::{openapi::LinkProblems, prelude::*, views::Message};

endpoint!(UndoEmailChange, limits: [VerifyEmail]);

/// Take a change back by the token that was mailed to the earlier address.
///
/// Every session ends and the password stops working; a link for a new one is mailed.
#[utoipa::path(post, path = "/api/v1/auth/me/email/undo", tag = "auth", request_body = LinkBody,
    responses((status = OK, body = Message), LinkProblems))]
async fn handle(asked: Asked<UndoEmailChange, Json<LinkBody>>, profile: Data<Profile>) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    profile.undo_email_change(&call, UndoEmailChange { token: body.parse()? }).await?;
    let message = "The change was taken back. A link to choose a new password is on its way.";
    Ok(Answer::ok(&Message { message }))
}
