//! `DELETE /api/v1/auth/me`, and the link that keeps the account.

use actix_web::{http::StatusCode, web::Data};
use dashtam_application::{
    Request,
    profile::{CancelDeletion, DeleteAccount, Profile},
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{email::LinkBody, presented};
use crate::{
    answer::Answer,
    extract::{Asked, Checks, Json, Text},
    openapi::{LinkProblems, ProfileProblems},
    problem::Problem,
    routes::Answered,
    views::{DeletionView, Message, Moment},
};

/// The password once more.
#[derive(Deserialize, ToSchema)]
pub(crate) struct DeleteAccountBody {
    #[serde(default)]
    #[schema(value_type = String, required, format = Password, min_length = 1, max_length = 128)]
    password: Text,
}

impl DeleteAccountBody {
    fn parse(self) -> Result<DeleteAccount, Problem> {
        let mut checks = Checks::default();
        match presented(&mut checks, "password", self.password) {
            Some(password) => Ok(DeleteAccount { password }),
            None => Err(checks.into_problem()),
        }
    }
}

/// Give the caller's account up.
///
/// Every session ends. The account is erased after seven days; until then the link in the mail keeps it.
#[utoipa::path(delete, path = "/api/v1/auth/me", tag = "auth", operation_id = DeleteAccount::NAME,
    request_body = DeleteAccountBody, responses((status = ACCEPTED, body = DeletionView), ProfileProblems))]
pub(crate) async fn delete_me(
    asked: Asked<DeleteAccount, Json<DeleteAccountBody>>,
    profile: Data<Profile>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let due = profile.delete(&call, body.parse()?).await?;
    let message = "The account will be deleted. The link in the mail keeps it.";
    Ok(Answer::new(StatusCode::ACCEPTED, &DeletionView { message, deletion_due_at: Moment(due) }))
}

/// Keep an account that was given up, by the token that was mailed.
#[utoipa::path(post, path = "/api/v1/auth/me/deletion/cancel", tag = "auth", operation_id = CancelDeletion::NAME,
    security(()), request_body = LinkBody, responses((status = OK, body = Message), LinkProblems))]
pub(crate) async fn cancel_deletion(
    asked: Asked<CancelDeletion, Json<LinkBody>>,
    profile: Data<Profile>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    profile.cancel_deletion(&call, CancelDeletion { token: body.parse()? }).await?;
    Ok(Answer::ok(&Message { message: "The account is kept. You can sign in again." }))
}
