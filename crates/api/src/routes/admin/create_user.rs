//! `POST /api/v1/admin/users`: makes an account for somebody.

use actix_web::{http::StatusCode, web::Data};
use dashtam_application::administration::{Administration, CreateUser};
use dashtam_domain::identity::User;

use super::body::{NewUserForm, UserBody};
use crate::{
    openapi::{AdminUserProblems, IdempotencyHeader},
    prelude::*,
    views::ManagedUserView,
};

endpoint!(CreateUser, limits: [Administration]);

fn present(user: &User) -> Answer {
    let view = ManagedUserView::from(user);
    Answer::new(StatusCode::CREATED, &view).at(format!("/api/v1/admin/users/{}", user.id))
}

/// Make an account for somebody, who chooses its password by a mailed link. A manager makes sub-users.
///
/// Where the operator closed registration (`registration.mode`), nobody makes any: `registration-closed`.
#[utoipa::path(post, path = "/api/v1/admin/users", tag = "administration", params(IdempotencyHeader),
    request_body = NewUserForm,
    responses((status = CREATED, body = ManagedUserView, headers(("Location" = String))), AdminUserProblems))]
async fn handle(asked: Asked<CreateUser, Json<UserBody>>, administration: Data<Administration>) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    Ok(present(&administration.create_user(&call, body.wanted()?, |user| present(user).to_stored()).await?))
}
