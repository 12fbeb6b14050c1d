//! `PATCH /api/v1/admin/users/{user_id}`: changes an account.

use actix_web::web::Data;
use dashtam_application::administration::{Administration, UpdateUser};
use dashtam_domain::id::UserId;

use super::body::{UserBody, UserChangeForm};
use crate::{
    openapi::AdminUserProblems,
    prelude::*,
    views::{self, ManagedUserView},
};

endpoint!(UpdateUser, limits: [Administration]);

/// Change an account. Managers switch their sub-users off and on, and keep them from more.
#[utoipa::path(patch, path = "/api/v1/admin/users/{user_id}", tag = "administration",
    params(("user_id" = views::Id, Path)), request_body = UserChangeForm,
    responses((status = OK, body = ManagedUserView), AdminUserProblems))]
async fn handle(
    asked: Asked<UpdateUser, Json<UserBody>>,
    id: Id<UserId>,
    administration: Data<Administration>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let request = UpdateUser { user: id.0, change: body.changed()?, revision: None };
    Ok(Answer::ok(&ManagedUserView::from(&administration.update_user(&call, request).await?)))
}
