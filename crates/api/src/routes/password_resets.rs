//! New passwords by mail.

use actix_web::web::{Data, Path};
use dashtam_application::{
    Request,
    recovery::{CheckReset, CompleteReset, Recovery, RequestReset},
};
use dashtam_domain::secret::SecretText;
use serde::Deserialize;
use utoipa::ToSchema;

use super::auth::{AddressBody, asked_for};
use crate::{
    answer::Answer,
    extract::{Asked, CallFor, Checks, Json, Text},
    openapi::PublicProblems,
    routes::Answered,
    views::{AskedForView, Message, ResetStateView},
};

/// Ask for a link that leads to a new password.
///
/// The answer is the same for every address. A link goes out once a minute and ten times a day at most; it works for
/// an hour, and only the newest does. Asked again within a minute, it changes nothing and says when it will.
#[utoipa::path(post, path = "/api/v1/password-resets/", tag = "auth", operation_id = RequestReset::NAME,
    security(()), request_body = AddressBody,
    responses((status = ACCEPTED, body = AskedForView, headers(("Retry-After" = u32))), PublicProblems))]
pub(crate) async fn request(
    asked: Asked<RequestReset, Json<AddressBody>>,
    recovery: Data<Recovery>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let asked = recovery.request(&call, RequestReset { email: body.parse()? }).await?;
    let message = match asked.taken {
        true => "If there is an account with this address, a link to choose a new password is on its way.",
        false => {
            "A link was asked for a moment ago. Another one is sent only after a minute; ask again then."
        }
    };
    Ok(asked_for(&call, message, asked))
}

/// Tell whether a mailed token still works. It tells nothing about whose it is.
#[utoipa::path(get, path = "/api/v1/password-resets/{token}", tag = "auth", operation_id = CheckReset::NAME,
    security(()), params(("token" = String, Path)), responses((status = OK, body = ResetStateView)))]
pub(crate) async fn check(
    call: CallFor<CheckReset>,
    token: Path<String>,
    recovery: Data<Recovery>,
) -> Answered {
    let state = recovery.check(&call, CheckReset { token: SecretText::new(token.into_inner()) }).await?;
    Ok(Answer::ok(&ResetStateView::from(state)))
}

/// A new password.
#[derive(Deserialize, ToSchema)]
pub(crate) struct CompleteResetBody {
    /// 8 to 128 characters with an upper-case and a lower-case letter, a digit and a special character.
    #[serde(default)]
    #[schema(value_type = String, required, format = Password, min_length = 8, max_length = 128)]
    new_password: Text,
}

/// Choose a new password by a mailed token.
///
/// A password that breaks the rule leaves the token as it is. Every session ends; sign in with the new password.
#[utoipa::path(patch, path = "/api/v1/password-resets/{token}", tag = "auth", operation_id = CompleteReset::NAME,
    security(()), params(("token" = String, Path)), request_body = CompleteResetBody,
    responses((status = OK, body = Message), PublicProblems))]
pub(crate) async fn complete(
    asked: Asked<CompleteReset, Json<CompleteResetBody>>,
    token: Path<String>,
    recovery: Data<Recovery>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let mut checks = Checks::default();
    let Some(new_password) = checks.text("new_password", body.new_password) else {
        return Err(checks.into_problem());
    };
    let (token, new_password) = (SecretText::new(token.into_inner()), SecretText::new(new_password));
    recovery.complete(&call, CompleteReset { token, new_password }).await?;
    Ok(Answer::ok(&Message { message: "The password was changed. Sign in with the new one." }))
}
