//! `POST /api/v1/auth/me/email`, and the links it mails.

use actix_web::{http::StatusCode, web::Data};
use dashtam_application::{
    Request,
    profile::{ConfirmEmail, Profile, RequestEmailChange, UndoEmailChange},
};
use dashtam_domain::secret::SecretText;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{email_code, presented};
use crate::{
    answer::Answer,
    extract::{Asked, Checks, Json, Text},
    openapi::{LinkProblems, ProfileProblems},
    problem::Problem,
    routes::Answered,
    views::Message,
};

/// Another address.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ChangeEmailBody {
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
        let new_email = checks.parse("new_email", self.new_email, email_code);
        let password = presented(&mut checks, "password", self.password);
        match (new_email, password) {
            (Some(new_email), Some(password)) => Ok(RequestEmailChange { new_email, password }),
            _ => Err(checks.into_problem()),
        }
    }
}

/// A mailed token.
#[derive(Deserialize, ToSchema)]
pub(crate) struct LinkBody {
    #[serde(default)]
    #[schema(value_type = String, required)]
    token: Text,
}

impl LinkBody {
    /// The token.
    pub(super) fn parse(self) -> Result<SecretText, Problem> {
        let mut checks = Checks::default();
        checks.text("token", self.token).map(SecretText::new).ok_or_else(|| checks.into_problem())
    }
}

/// Ask for another address.
///
/// A link goes to the new address; the account moves when it is followed. The answer is the same for a taken address,
/// whose owner gets a notice. After a change there is none for seven days, in which the earlier address can take it
/// back.
#[utoipa::path(post, path = "/api/v1/auth/me/email", tag = "auth", operation_id = RequestEmailChange::NAME,
    request_body = ChangeEmailBody, responses((status = ACCEPTED, body = Message), ProfileProblems))]
pub(crate) async fn change_email(
    asked: Asked<RequestEmailChange, Json<ChangeEmailBody>>,
    profile: Data<Profile>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    profile.request_email_change(&call, body.parse()?).await?;
    let message = "Follow the link that was mailed to the new address.";
    Ok(Answer::new(StatusCode::ACCEPTED, &Message { message }))
}

/// Prove the new address by the token that was mailed to it.
#[utoipa::path(post, path = "/api/v1/auth/me/email/confirm", tag = "auth", operation_id = ConfirmEmail::NAME,
    security(()), request_body = LinkBody, responses((status = OK, body = Message), LinkProblems))]
pub(crate) async fn confirm_email(
    asked: Asked<ConfirmEmail, Json<LinkBody>>,
    profile: Data<Profile>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    profile.confirm_email(&call, ConfirmEmail { token: body.parse()? }).await?;
    Ok(Answer::ok(&Message { message: "The account uses this address from now on." }))
}

/// Take a change back by the token that was mailed to the earlier address.
///
/// Every session ends and the password stops working; a link for a new one is mailed.
#[utoipa::path(post, path = "/api/v1/auth/me/email/undo", tag = "auth", operation_id = UndoEmailChange::NAME,
    security(()), request_body = LinkBody, responses((status = OK, body = Message), LinkProblems))]
pub(crate) async fn undo_email_change(
    asked: Asked<UndoEmailChange, Json<LinkBody>>,
    profile: Data<Profile>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    profile.undo_email_change(&call, UndoEmailChange { token: body.parse()? }).await?;
    let message = "The change was taken back. A link to choose a new password is on its way.";
    Ok(Answer::ok(&Message { message }))
}
