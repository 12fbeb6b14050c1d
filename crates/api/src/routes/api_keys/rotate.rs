//! `POST /api/v1/auth/api-keys/{key_id}/rotate`: replaces an API key.

use actix_web::{http::StatusCode, web::Data};
use dashtam_application::api_keys::{ApiKeys, RotateApiKey};
use dashtam_domain::{id::SessionId, identity::ApiKeyTerms};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::kept;
use crate::{
    openapi::{ChangeProblems, IdempotencyHeader},
    prelude::*,
    views::{self, NewApiKeyView},
};

endpoint!(RotateApiKey, limits: [SessionsChange]);

/// How to replace a key.
#[derive(Default, Deserialize, ToSchema)]
struct RotateKeyBody {
    /// Hours for which the present key goes on; 0: it ends at once.
    #[serde(default)]
    #[schema(value_type = Option<u32>, minimum = 0, maximum = 72, default = 0)]
    grace_hours: Value,
}

/// Replace an API key by another of the same name, scopes and networks that lives as long from now on. It is shown
/// this one time.
///
/// The caller must have signed in within five minutes. A key is replaced once.
#[utoipa::path(post, path = "/api/v1/auth/api-keys/{key_id}/rotate", tag = "api keys",
    params(("key_id" = views::Id, Path), IdempotencyHeader), request_body = Option<RotateKeyBody>,
    responses((status = CREATED, body = NewApiKeyView), ChangeProblems))]
async fn handle(
    asked: Asked<RotateApiKey, Option<Json<RotateKeyBody>>>,
    id: Id<SessionId>,
    keys: Data<ApiKeys>,
) -> Answered {
    let (call, body) = asked.into_parts();
    let body = body.map(|Json(body)| body).unwrap_or_default();
    let mut checks = Checks::default();
    let grace = checks.optional_number("grace_hours", &body.grace_hours, ApiKeyTerms::GRACE_HOURS);
    checks.finish()?;
    let request = RotateApiKey { key: id.0, grace_hours: grace.unwrap_or_default() };
    Ok(Answer::new(StatusCode::CREATED, &NewApiKeyView::whole(&keys.rotate(&call, request, kept).await?)))
}
