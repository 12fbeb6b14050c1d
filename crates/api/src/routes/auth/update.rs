//! `PATCH /api/v1/auth/me`

use actix_web::web::Data;
use dashtam_application::{
    Request,
    profile::{Profile, UpdateProfile},
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{email_code, name_code};
use crate::{
    answer::Answer,
    extract::{Asked, Checks, Json, Text},
    openapi::ProfileProblems,
    problem::Problem,
    routes::Answered,
    views::UserView,
};

/// What shall be different.
#[derive(Deserialize, ToSchema)]
pub(crate) struct UpdateProfileBody {
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100)]
    name: Text,
    /// Only the present address is taken; another one goes to `POST /api/v1/auth/me/email`.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Email)]
    email: Text,
}

impl UpdateProfileBody {
    fn parse(self) -> Result<UpdateProfile, Problem> {
        let mut checks = Checks::default();
        let given = |text: &Text| !matches!(text, Text::Missing);
        let name = given(&self.name).then(|| checks.parse("name", self.name, name_code)).flatten();
        let email = given(&self.email).then(|| checks.parse("email", self.email, email_code)).flatten();
        checks.finish()?;
        Ok(UpdateProfile { name, email })
    }
}

/// Change the caller's name.
#[utoipa::path(patch, path = "/api/v1/auth/me", tag = "auth", operation_id = UpdateProfile::NAME,
    request_body = UpdateProfileBody, responses((status = OK, body = UserView), ProfileProblems))]
pub(crate) async fn update_me(
    asked: Asked<UpdateProfile, Json<UpdateProfileBody>>,
    profile: Data<Profile>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    Ok(Answer::ok(&UserView::from(&profile.update(&call, body.parse()?).await?)))
}
