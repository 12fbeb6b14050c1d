//! Rotation of tokens after a breach.

use actix_web::web::Data;
use dashtam_application::{
    Request,
    token_rotation::{GetSecurityConfig, RotateEverybody, RotateUser, TokenRotation},
};
use dashtam_domain::id::UserId;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    answer::Answer,
    extract::{Asked, CallFor, Checks, Id, Json, Text},
    openapi::{AdminChangeProblems, AdminListProblems},
    routes::Answered,
    views::{self, RotationView, SecurityConfigView},
};

/// Why one user's tokens are rotated.
#[derive(Deserialize, ToSchema)]
pub(crate) struct RotateUserBody {
    #[serde(default)]
    #[schema(value_type = String, required, min_length = 10, max_length = 500, pattern = r"^\s*\S[\s\S]{8,498}\S\s*$")]
    reason: Text,
}

/// Make every token of a user void: the caller's own, or anybody's for administrators.
#[utoipa::path(post, path = "/api/v1/token-rotation/users/{user_id}", tag = "token-rotation",
    operation_id = RotateUser::NAME, params(("user_id" = views::Id, Path)), request_body = RotateUserBody,
    responses((status = OK, body = RotationView), AdminChangeProblems))]
pub(crate) async fn user(
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

/// Why everybody's tokens are rotated, and how soon.
#[derive(Deserialize, ToSchema)]
pub(crate) struct RotateEverybodyBody {
    #[serde(default)]
    #[schema(value_type = String, required, min_length = 20, max_length = 1000, pattern = r"^\s*\S[\s\S]{18,998}\S\s*$")]
    reason: Text,
    /// Minutes for which sessions that began before go on.
    #[serde(default)]
    #[schema(value_type = Option<u32>, minimum = 0, maximum = 60, default = 15)]
    grace_period_minutes: Value,
}

/// Make everybody's tokens void, after a grace. For administrators.
#[utoipa::path(post, path = "/api/v1/token-rotation/global", tag = "token-rotation",
    operation_id = RotateEverybody::NAME, request_body = RotateEverybodyBody,
    responses((status = OK, body = RotationView), AdminChangeProblems))]
pub(crate) async fn global(
    asked: Asked<RotateEverybody, Json<RotateEverybodyBody>>,
    rotation: Data<TokenRotation>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let mut checks = Checks::default();
    let reason = checks.sized_text("reason", body.reason, RotateEverybody::REASON);
    let (field, range) = ("grace_period_minutes", RotateEverybody::GRACE_MINUTES);
    let grace = checks.optional_number(field, &body.grace_period_minutes, range);
    checks.finish()?;
    let request = RotateEverybody {
        // Without a reason the checks did not finish.
        reason: reason.unwrap_or_default(),
        grace_minutes: grace.unwrap_or(RotateEverybody::DEFAULT_GRACE),
    };
    Ok(Answer::ok(&RotationView::from(&rotation.global(&call, request).await?)))
}

/// Show what counts for everybody's tokens. For administrators.
#[utoipa::path(get, path = "/api/v1/token-rotation/security-config", tag = "token-rotation",
    operation_id = GetSecurityConfig::NAME,
    responses((status = OK, body = SecurityConfigView), AdminListProblems))]
pub(crate) async fn security_config(
    call: CallFor<GetSecurityConfig>,
    rotation: Data<TokenRotation>,
) -> Answered {
    let config = rotation.security_config(&call, GetSecurityConfig).await?;
    Ok(Answer::ok(&SecurityConfigView::from(&config)))
}
