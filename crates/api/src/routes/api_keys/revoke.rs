//! `DELETE /api/v1/auth/api-keys/{key_id}`: revokes an API key.

use actix_web::web::Data;
use dashtam_application::api_keys::{ApiKeys, RevokeApiKey};
use dashtam_domain::id::SessionId;

use crate::{
    openapi::ThingProblems,
    prelude::*,
    views::{self, RevokedKey},
};

endpoint!(RevokeApiKey, limits: [SessionsChange]);

/// Revoke an API key. It stops at once.
#[utoipa::path(delete, path = "/api/v1/auth/api-keys/{key_id}", tag = "api keys",
    params(("key_id" = views::Id, Path)), responses((status = OK, body = RevokedKey), ThingProblems))]
async fn handle(call: CallFor<RevokeApiKey>, id: Id<SessionId>, keys: Data<ApiKeys>) -> Answered {
    keys.revoke(&call, RevokeApiKey { key: id.0 }).await?;
    let message = "The API key was revoked.";
    Ok(Answer::ok(&RevokedKey { message, revoked_key_id: views::Id(id.0.0) }))
}
