//! `POST /api/v1/auth/login-links`, and the link it mails.

use actix_web::{HttpRequest, http::StatusCode, web::Data};
use dashtam_application::{
    Request,
    sessions::Sessions,
    sign_in::{RequestLoginLink, SignIn, SignInWithLink},
};
use dashtam_domain::secret::{OpaqueSecret, SecretKind, SecretText};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    email_code,
    holding::{admit_holding, answered, holding_of, mark},
};
use crate::{
    answer::Answer,
    cookies,
    extract::{Asked, Checks, Json, Text},
    openapi::{LinkRequestProblems, LinkSignInProblems},
    routes::Answered,
    views::{ChallengeView, LinkRequestedView, LoginView},
};

/// An address whose owner wants to sign in without a password.
#[derive(Deserialize, ToSchema)]
pub(crate) struct LoginLinkBody {
    #[serde(default)]
    #[schema(value_type = String, required, format = Email, max_length = 128)]
    email: Text,
    /// The `binding` of an earlier answer, for programs that keep no cookies and ask again.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    binding: Text,
}

/// The token of a mailed link.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ConsumeLinkBody {
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

/// What the client shows of an earlier request, in the body or else in its cookie. What is no such thing binds nothing.
fn binding(checks: &mut Checks, text: Text, request: &HttpRequest) -> Option<OpaqueSecret> {
    match checks.optional_text("binding", text) {
        Some(text) => OpaqueSecret::parse(SecretKind::ClientBinding, &text),
        None => cookies::values(request.headers(), cookies::BINDING)
            .find_map(|value| OpaqueSecret::parse(SecretKind::ClientBinding, value)),
    }
}

/// Ask for a link that signs in.
///
/// The answer is the same for every address. A link goes out once a minute and ten times a day at most, to accounts that
/// may be signed in to by one: not to those whose second factor is a code by mail, because that would be the same mailbox
/// twice, and not to administrators. It works once, for a quarter of an hour, and only for the client that asked: its
/// cookie `__Host-dashtam_ll`, or the `binding` of this answer, has to be shown with the token. Only the newest link
/// works. Asked again within a minute, it changes nothing and says when it will.
#[utoipa::path(post, path = "/api/v1/auth/login-links", tag = "auth", operation_id = RequestLoginLink::NAME,
    security(()), request_body = LoginLinkBody,
    responses((status = ACCEPTED, body = LinkRequestedView, headers(("Retry-After" = u32))), LinkRequestProblems))]
pub(crate) async fn request_login_link(
    asked: Asked<RequestLoginLink, Json<LoginLinkBody>>,
    request: HttpRequest,
    sign_in: Data<SignIn>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let mut checks = Checks::default();
    let email = checks.parse("email", body.email, email_code);
    let binding = binding(&mut checks, body.binding, &request);
    let (Some(email), true) = (email, checks.is_kept()) else { return Err(checks.into_problem()) };
    let asked = sign_in.request_link(&call, RequestLoginLink { email, binding }).await?;
    let answer = Answer::new(StatusCode::ACCEPTED, &LinkRequestedView::from(&asked));
    let answer = answer.again_at(asked.next_at, call.now);
    Ok(answer.with_cookies([cookies::of_binding(&asked.binding)]))
}

/// Sign in by a mailed link.
///
/// Opened by another client than the one that asked, the link answers `link-opened-elsewhere` and stays as it is. An
/// account with a second factor is asked for it, as after a password.
#[utoipa::path(post, path = "/api/v1/auth/login-links/consume", tag = "auth", operation_id = SignInWithLink::NAME,
    security(()), request_body = ConsumeLinkBody,
    responses((status = OK, body = LoginView), (status = ACCEPTED, body = ChallengeView), LinkSignInProblems))]
pub(crate) async fn consume_login_link(
    asked: Asked<SignInWithLink, Json<ConsumeLinkBody>>,
    request: HttpRequest,
    sign_in: Data<SignIn>,
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
    let step = sign_in.with_link(&call, link).await?;
    answered(&request, &call, &sessions, &step).await
}
