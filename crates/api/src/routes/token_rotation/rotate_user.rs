//! `POST /api/v1/token-rotation/users/{user_id}`: makes every token of a user void.

use actix_web::web::Data;
use dashtam_application::token_rotation::{RotateUser, TokenRotation};
use dashtam_domain::id::UserId;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    openapi::AdminChangeProblems,
    prelude::*,
    views::{self, RotationView},
};

endpoint!(RotateUser, limits: [TokenRotation]);

/// Why one user's tokens are rotated.
#[derive(Deserialize, ToSchema)]
struct RotateUserBody {
    #[serde(default)]
    #[schema(value_type = String, required, min_length = 10, max_length = 500, pattern = r"^\s*\S[\s\S]{8,498}\S\s*$")]
    reason: Text,
}

/// Make every token of a user void: the caller's own, or anybody's for administrators.
#[utoipa::path(post, path = "/api/v1/token-rotation/users/{user_id}", tag = "token-rotation",
    params(("user_id" = views::Id, Path)), request_body = RotateUserBody,
    responses((status = OK, body = RotationView), AdminChangeProblems))]
async fn handle(
    asked: Asked<RotateUser, Json<RotateUserBody>>,
    id: Id<UserId>,
    rotation: Data<TokenRotation>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let mut checks = Checks::default();
    let reason = checks.sized_text("reason", body.reason, RotateUser::REASON);
    let reason = reason.ok_or_else(|| checks.into_problem())?;
    let rotated = rotation.user(&call, RotateUser { user: id.0, reason }).await?;
    Ok(Answer::ok(&RotationView::from(&rotated)))
}
