//! `GET /api/v1/auth/me` and `GET /api/v1/auth/me/profile`

use actix_web::web::Data;
use dashtam_application::{
    Request,
    profile::{GetProfile, GetProfileDocument, Profile},
};

use crate::{
    answer::Answer,
    extract::CallFor,
    openapi::UserProblems,
    routes::Answered,
    views::{ProfileView, UserView},
};

/// Show the caller's account.
#[utoipa::path(get, path = "/api/v1/auth/me", tag = "auth", operation_id = GetProfile::NAME,
    responses((status = OK, body = UserView), UserProblems))]
pub(crate) async fn me(call: CallFor<GetProfile>, profile: Data<Profile>) -> Answered {
    let account = profile.get(&call, GetProfile).await?;
    Ok(Answer::ok(&UserView::from(account.user())))
}

/// Show the caller's profile document.
#[utoipa::path(get, path = "/api/v1/auth/me/profile", tag = "auth", operation_id = GetProfileDocument::NAME,
    responses((status = OK, body = ProfileView), UserProblems))]
pub(crate) async fn my_profile(call: CallFor<GetProfileDocument>, profile: Data<Profile>) -> Answered {
    let account = profile.document(&call, GetProfileDocument).await?;
    Ok(Answer::ok(&ProfileView::from(account.user())))
}
