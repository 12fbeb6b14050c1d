//! `POST /api/v1/auth/login`

use actix_web::{
    HttpRequest,
    cookie::{Cookie, SameSite, time::Duration},
    web::Data,
};
use dashtam_application::{
    Request,
    sign_in::{Holding, SignIn, SignInWithPassword},
};
use dashtam_domain::{
    identity::SignInBudget,
    secret::{OpaqueSecret, SecretKind},
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{email_code, presented};
use crate::{
    answer::Answer,
    extract::{Asked, Checks, Json, Text},
    openapi::LoginProblems,
    problem::Problem,
    routes::Answered,
    views::LoginView,
};

/// Somebody who says who they are.
#[derive(Deserialize, ToSchema)]
pub(crate) struct LoginBody {
    #[serde(default)]
    #[schema(value_type = String, required, format = Email)]
    email: Text,
    #[serde(default)]
    #[schema(value_type = String, required, format = Password, min_length = 1, max_length = 128)]
    password: Text,
}

impl LoginBody {
    fn parse(self, mark: Option<OpaqueSecret>) -> Result<SignInWithPassword, Problem> {
        let mut checks = Checks::default();
        let email = checks.parse("email", self.email, email_code);
        let password = presented(&mut checks, "password", self.password);
        match (email, password) {
            (Some(email), Some(password)) => {
                Ok(SignInWithPassword { email, password, mark, holding: Holding::default() })
            }
            _ => Err(checks.into_problem()),
        }
    }
}

/// Where a browser keeps what marks it as known. The prefix binds the cookie to this host and to https.
const MARK: &str = "__Host-dashtam_kc";

/// What an earlier sign-in marked this client with.
fn mark(request: &HttpRequest) -> Option<OpaqueSecret> {
    OpaqueSecret::parse(SecretKind::KnownClient, request.cookie(MARK)?.value())
}

/// The mark for the client to keep, as long as it counts.
fn keep(mark: &OpaqueSecret) -> Cookie<'static> {
    Cookie::build(MARK, mark.expose().to_owned())
        .path("/")
        .secure(true)
        .http_only(true)
        .same_site(SameSite::Strict)
        .max_age(Duration::seconds(SignInBudget::KNOWN_FOR.num_seconds()))
        .finish()
}

/// Sign in by address and password.
///
/// Ten wrong passwords one after the other are answered; then, for an hour, `sign-in-throttled`, whether or not there
/// is such an account. Clients that signed in before (known by the cookie `__Host-dashtam_kc`, or by network and
/// `User-Agent`) have a budget of their own, so that nobody can lock an owner out. The state of an account is told
/// after the right password only.
#[utoipa::path(post, path = "/api/v1/auth/login", tag = "auth", operation_id = SignInWithPassword::NAME,
    security(()), request_body = LoginBody, responses((status = OK, body = LoginView), LoginProblems))]
pub(crate) async fn login(
    asked: Asked<SignInWithPassword, Json<LoginBody>>,
    request: HttpRequest,
    sign_in: Data<SignIn>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let signed_in = sign_in.with_password(&call, body.parse(mark(&request))?).await?;
    Ok(Answer::ok(&LoginView::from(&signed_in)).with_cookie(keep(&signed_in.mark)))
}
