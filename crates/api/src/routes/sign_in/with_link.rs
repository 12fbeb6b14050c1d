//! `POST /api/v1/auth/login-links/consume`: signs in by a mailed link.

use actix_web::{HttpRequest, web::Data};
use dashtam_application::{
    sessions::Sessions,
    sign_in::{LinkSignIn, SignInWithLink},
};
use dashtam_domain::secret::SecretText;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    binding,
    holding::{admit_holding, answered, holding_of, mark},
};
use crate::{
    openapi::LinkSignInProblems,
    prelude::*,
    views::{ChallengeView, LoginView},
};

endpoint!(SignInWithLink, limits: [Login]);

/// The token of a mailed link.
#[derive(Deserialize, ToSchema)]
struct ConsumeLinkBody {
    #[serde(default)]
    #[schema(value_type = String, required)]
    token: Text,
    /// The `binding` that came when the link was asked for. Browsers keep it in the cookie `__Host-dashtam_ll`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    binding: Text,
    /// How the session is held: `token` (the default) or `cookie`.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^(token|cookie)$")]
    transport: Text,
    /// Whether a session held by a cookie survives the browser's end, and a week without a request.
    #[serde(default)]
    #[schema(value_type = Option<bool>)]
    remember_me: Value,
}

/// Sign in by a mailed link.
///
/// Opened by another client than the one that asked, the link answers `link-opened-elsewhere` and stays as it is. An
/// account with a second factor is asked for it, as after a password.
#[utoipa::path(post, path = "/api/v1/auth/login-links/consume", tag = "auth", request_body = ConsumeLinkBody,
    responses((status = OK, body = LoginView), (status = ACCEPTED, body = ChallengeView), LinkSignInProblems))]
async fn handle(
    asked: Asked<SignInWithLink, Json<ConsumeLinkBody>>,
    request: HttpRequest,
    sign_in: Data<LinkSignIn>,
    sessions: Data<Sessions>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let mut checks = Checks::default();
    let token = checks.text("token", body.token).map(SecretText::new);
    let binding = binding(&mut checks, body.binding, &request);
    let holding = holding_of(&mut checks, body.transport, &body.remember_me);
    let (Some(token), Some(holding), true) = (token, holding, checks.is_kept()) else {
        return Err(checks.into_problem());
    };
    admit_holding(&request, holding)?;
    let link = SignInWithLink { token, binding, mark: mark(&request), holding };
    let step = sign_in.sign_in(&call, link).await?;
    answered(&request, &call, &sessions, &step).await
}
