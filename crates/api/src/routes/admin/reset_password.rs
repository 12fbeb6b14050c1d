//! `POST /api/v1/admin/users/{user_id}/password-reset`: mails an owner a link to choose a new password.

use actix_web::{http::StatusCode, web::Data};
use dashtam_application::{
    administration::{Administration, StartPasswordReset},
    unkept,
};
use dashtam_domain::id::UserId;

use crate::{
    openapi::AdminUserProblems,
    prelude::*,
    views::{self, Message},
};

endpoint!(StartPasswordReset, limits: [Administration]);

/// Mail the owner of an account a link to choose a new password.
#[utoipa::path(post, path = "/api/v1/admin/users/{user_id}/password-reset", tag = "administration",
    params(("user_id" = views::Id, Path)), responses((status = ACCEPTED, body = Message), AdminUserProblems))]
async fn handle(
    call: CallFor<StartPasswordReset>,
    id: Id<UserId>,
    administration: Data<Administration>,
) -> Answered {
    administration.start_password_reset(&call, StartPasswordReset { user: id.0 }, unkept).await?;
    let message = "The owner of the account gets a mail with a link.";
    Ok(Answer::new(StatusCode::ACCEPTED, &Message { message }))
}
