//! `POST /api/v1/admin/signing-key/rotation`: rotates the key that signs access tokens.

use actix_web::web::Data;
use dashtam_application::keystore::{RotateSigningKey, Signing};
use dashtam_domain::identity::SigningKeyId;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{openapi::AdminUserProblems, prelude::*, views::Moment};

endpoint!(RotateSigningKey, limits: [TokenRotation]);

/// Why the key is rotated.
#[derive(Deserialize, ToSchema)]
struct RotateSigningKeyBody {
    /// The present key is in wrong hands: replace it now, which makes every access token void.
    #[serde(default)]
    #[schema(value_type = Option<bool>, default = false)]
    compromised: Value,
    /// The `kid` of the newest key as you know it: the next one if one is published, and otherwise the one that signs. When
    /// another one is the newest, nothing is rotated (409).
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 43, max_length = 43, pattern = "^[A-Za-z0-9_-]{43}$")]
    newest_key_id: Text,
}

/// A rotation of the key that signs access tokens.
#[derive(Serialize, ToSchema)]
#[schema(as = SigningKeyRotation)]
struct SigningKeyRotationView {
    /// The new key's `kid`.
    key_id: String,
    /// From when on it signs.
    signs_from: Moment,
}

/// Rotate the key that signs access tokens. For administrators.
#[utoipa::path(post, path = "/api/v1/admin/signing-key/rotation", tag = "administration",
    request_body = RotateSigningKeyBody,
    responses((status = OK, body = SigningKeyRotationView), AdminUserProblems))]
async fn handle(
    asked: Asked<RotateSigningKey, Json<RotateSigningKeyBody>>,
    signing: Data<Signing>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let mut checks = Checks::default();
    let compromised = checks.optional_flag("compromised", &body.compromised).unwrap_or(false);
    let newest = match body.newest_key_id {
        Text::Missing => None,
        given => checks.parse::<SigningKeyId>("newest_key_id", given, |_| "malformed"),
    };
    checks.finish()?;
    let rotation = signing.rotate(&call, RotateSigningKey { compromised, newest }).await?;
    let view =
        SigningKeyRotationView { key_id: rotation.key.to_string(), signs_from: Moment(rotation.signs_from) };
    Ok(Answer::ok(&view))
}
