//! `GET /api/v1/auth/me/profile`: shows the caller's profile document.

use actix_web::web::Data;
use dashtam_application::profile::{GetProfileDocument, Profile};

use crate::{openapi::UserProblems, prelude::*, views::ProfileView};

endpoint!(GetProfileDocument);

/// Show the caller's profile document.
#[utoipa::path(get, path = "/api/v1/auth/me/profile", tag = "auth",
    responses((status = OK, body = ProfileView), UserProblems))]
async fn handle(call: CallFor<GetProfileDocument>, profile: Data<Profile>) -> Answered {
    let account = profile.document(&call, GetProfileDocument).await?;
    Ok(Answer::ok(&ProfileView::from(account.user())))
}
