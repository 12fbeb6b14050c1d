//! `POST /api/v1/token-rotation/global`: makes everybody's tokens void.

use actix_web::web::Data;
use dashtam_application::token_rotation::{RotateEverybody, TokenRotation};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{openapi::AdminChangeProblems, prelude::*, views::RotationView};

endpoint!(RotateEverybody, limits: [TokenRotation]);

/// Why everybody's tokens are rotated, and how soon.
#[derive(Deserialize, ToSchema)]
struct RotateEverybodyBody {
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
    request_body = RotateEverybodyBody, responses((status = OK, body = RotationView), AdminChangeProblems))]
async fn handle(
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
        version: None,
    };
    Ok(Answer::ok(&RotationView::from(&rotation.global(&call, request).await?)))
}
