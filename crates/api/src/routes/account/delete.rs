//! `DELETE /api/v1/auth/me`: gives the caller's account up.

use actix_web::{http::StatusCode, web::Data};
use dashtam_application::profile::{DeleteAccount, Profile};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    openapi::ProfileProblems,
    prelude::*,
    views::{DeletionView, Moment},
};

endpoint!(DeleteAccount, limits: [AccountChange]);

/// The password once more.
#[derive(Deserialize, ToSchema)]
struct DeleteAccountBody {
    #[serde(default)]
    #[schema(value_type = String, required, format = Password, min_length = 1, max_length = 128)]
    password: Text,
}

impl DeleteAccountBody {
    fn parse(self) -> Result<DeleteAccount, Problem> {
        let mut checks = Checks::default();
        match checks.password("password", self.password) {
            Some(password) => Ok(DeleteAccount { password }),
            None => Err(checks.into_problem()),
        }
    }
}

/// Give the caller's account up.
///
/// Every session ends. The account is erased after seven days; until then the link in the mail keeps it.
#[utoipa::path(delete, path = "/api/v1/auth/me", tag = "auth", request_body = DeleteAccountBody,
    responses((status = ACCEPTED, body = DeletionView), ProfileProblems))]
async fn handle(asked: Asked<DeleteAccount, Json<DeleteAccountBody>>, profile: Data<Profile>) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let due = profile.delete(&call, body.parse()?).await?;
    let message = "The account will be deleted. The link in the mail keeps it.";
    Ok(Answer::new(StatusCode::ACCEPTED, &DeletionView { message, deletion_due_at: Moment(due) }))
}
