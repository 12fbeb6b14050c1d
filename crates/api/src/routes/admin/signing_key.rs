//! `POST /api/v1/admin/signing-key/rotation`

use actix_web::web::Data;
use dashtam_application::{
    Request,
    signing::{RotateSigningKey, Signing},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    answer::Answer,
    extract::{Asked, Checks, Json},
    openapi::AdminUserProblems,
    routes::Answered,
    views::Moment,
};

/// Why the key is rotated.
#[derive(Deserialize, ToSchema)]
pub(crate) struct RotateSigningKeyBody {
    /// The present key is in wrong hands: replace it now, which makes every access token void.
    #[serde(default)]
    #[schema(value_type = Option<bool>, default = false)]
    compromised: Value,
}

/// A rotation of the key that signs access tokens.
#[derive(Serialize, ToSchema)]
#[schema(as = SigningKeyRotation)]
pub(crate) struct SigningKeyRotationView {
    /// The new key's `kid`.
    key_id: String,
    /// From when on it signs.
    signs_from: Moment,
}

/// Rotate the key that signs access tokens. For administrators.
#[utoipa::path(post, path = "/api/v1/admin/signing-key/rotation", tag = "administration",
    operation_id = RotateSigningKey::NAME, request_body = RotateSigningKeyBody,
    responses((status = OK, body = SigningKeyRotationView), AdminUserProblems))]
pub(crate) async fn rotate_signing_key(
    asked: Asked<RotateSigningKey, Json<RotateSigningKeyBody>>,
    signing: Data<Signing>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let mut checks = Checks::default();
    let compromised = checks.optional_flag("compromised", &body.compromised).unwrap_or(false);
    checks.finish()?;
    let rotation = signing.rotate(&call, RotateSigningKey { compromised }).await?;
    let view =
        SigningKeyRotationView { key_id: rotation.key.to_string(), signs_from: Moment(rotation.signs_from) };
    Ok(Answer::ok(&view))
}
