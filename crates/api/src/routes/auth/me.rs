//! `GET /api/v1/auth/me`

use actix_web::web::Data;
use dashtam_application::{
    Request,
    profile::{GetProfile, Profile},
};

use crate::{answer::Answer, extract::CallFor, openapi::UserProblems, routes::Answered, views::UserView};

/// Show the caller's account.
#[utoipa::path(get, path = "/api/v1/auth/me", tag = "auth", operation_id = GetProfile::NAME,
    responses((status = OK, body = UserView), UserProblems))]
pub(crate) async fn me(call: CallFor<GetProfile>, profile: Data<Profile>) -> Answered {
    let snapshot = profile.get(&call, GetProfile).await?;
    Ok(Answer::ok(&UserView::from(&snapshot.user)))
}
