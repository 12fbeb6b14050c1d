//! `POST /api/v1/auth/login`

use actix_web::{HttpRequest, http::StatusCode, web::Data};
use dashtam_application::{
    Request,
    sign_in::{Holding, SignIn, SignInStep, SignInWithPassword, SignedIn},
};
use dashtam_domain::secret::OpaqueSecret;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{email_code, marks, presented};
use crate::{
    answer::Answer,
    extract::{Asked, Checks, Json, Text},
    openapi::LoginProblems,
    problem::Problem,
    routes::Answered,
    views::{ChallengeView, LoginView},
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

/// The answer to a first factor that was right: the session, or the question for the second one.
pub(super) fn answer(step: &SignInStep) -> Answer {
    match step {
        SignInStep::SignedIn(signed_in) => signed_in_answer(signed_in),
        SignInStep::Challenged(challenged) => {
            Answer::new(StatusCode::ACCEPTED, &ChallengeView::from(challenged))
        }
    }
}

/// The answer to a complete sign-in.
pub(super) fn signed_in_answer(signed_in: &SignedIn) -> Answer {
    Answer::ok(&LoginView::from(signed_in)).with_cookie(marks::keep_known(&signed_in.mark))
}

/// Sign in by address and password.
///
/// Ten wrong passwords one after the other are answered; then, for an hour, `sign-in-throttled`, whether or not there
/// is such an account. Clients that signed in before (known by the cookie `__Host-dashtam_kc`, or by network and
/// `User-Agent`) have a budget of their own, so that nobody can lock an owner out. The state of an account is told
/// after the right password only.
///
/// An account with a second factor is asked for it: `202` with a `challenge_token` for
/// `POST /api/v1/auth/login/second-factor`.
#[utoipa::path(post, path = "/api/v1/auth/login", tag = "auth", operation_id = SignInWithPassword::NAME,
    security(()), request_body = LoginBody, responses((status = OK, body = LoginView), (status = ACCEPTED, body = ChallengeView), LoginProblems))]
pub(crate) async fn login(
    asked: Asked<SignInWithPassword, Json<LoginBody>>,
    request: HttpRequest,
    sign_in: Data<SignIn>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    Ok(answer(&sign_in.with_password(&call, body.parse(marks::known(&request))?).await?))
}
