//! `GET /api/v1/auth/me`: shows the caller's account.

use actix_web::web::Data;
use dashtam_application::profile::{GetProfile, Profile};

use crate::{openapi::UserProblems, prelude::*, views::UserView};

endpoint!(GetProfile);

/// Show the caller's account.
#[utoipa::path(get, path = "/api/v1/auth/me", tag = "auth",
    responses((status = OK, body = UserView), UserProblems))]
async fn handle(call: CallFor<GetProfile>, profile: Data<Profile>) -> Answered {
    let account = profile.get(&call, GetProfile).await?;
    Ok(Answer::ok(&UserView::from(account.user())))
}
