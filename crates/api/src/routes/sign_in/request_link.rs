//! `POST /api/v1/auth/login-links`: asks for a link that signs in.

use actix_web::{HttpRequest, http::StatusCode, web::Data};
use dashtam_application::sign_in::{LinkSignIn, RequestLoginLink};
use serde::Deserialize;
use utoipa::ToSchema;

use super::binding;
use crate::{cookies, openapi::LinkRequestProblems, prelude::*, views::LinkRequestedView};

endpoint!(RequestLoginLink, limits: [LoginLink]);

/// An address whose owner wants to sign in without a password.
#[derive(Deserialize, ToSchema)]
struct LoginLinkBody {
    #[serde(default)]
    #[schema(value_type = String, required, format = Email, max_length = 128)]
    email: Text,
    /// The `binding` of an earlier answer, for programs that keep no cookies and ask again.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    binding: Text,
}

/// Ask for a link that signs in.
///
/// The answer is the same for every address. A link goes out once a minute and ten times a day at most, to accounts that
/// may be signed in to by one: not to those whose second factor is a code by mail, because that would be the same mailbox
/// twice, and not to administrators. It works once, for a quarter of an hour, and only for the client that asked: its
/// cookie `__Host-dashtam_ll`, or the `binding` of this answer, has to be shown with the token. Only the newest link
/// works. Asked again within a minute, it changes nothing and says when it will.
#[utoipa::path(post, path = "/api/v1/auth/login-links", tag = "auth", request_body = LoginLinkBody,
    responses((status = ACCEPTED, body = LinkRequestedView, headers(("Retry-After" = u32))), LinkRequestProblems))]
async fn handle(
    asked: Asked<RequestLoginLink, Json<LoginLinkBody>>,
    request: HttpRequest,
    sign_in: Data<LinkSignIn>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let mut checks = Checks::default();
    let email = checks.email("email", body.email);
    let binding = binding(&mut checks, body.binding, &request);
    let (Some(email), true) = (email, checks.is_kept()) else { return Err(checks.into_problem()) };
    let asked = sign_in.request_link(&call, RequestLoginLink { email, binding }).await?;
    let answer = Answer::new(StatusCode::ACCEPTED, &LinkRequestedView::from(&asked));
    let answer = answer.again_at(asked.next_at, call.now);
    Ok(answer.with_cookies([cookies::of_binding(&asked.binding)]))
}
