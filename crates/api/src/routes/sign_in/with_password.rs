//! `POST /api/v1/auth/login`: signs in by a password.

use actix_web::{HttpRequest, web::Data};
use dashtam_application::{
    sessions::Sessions,
    sign_in::{PasswordSignIn, SignInWithPassword},
};
use dashtam_domain::{
    identity::{ContactError, Identifier},
    secret::OpaqueSecret,
};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::holding::{admit_holding, answered, holding_of, mark};
use crate::{
    openapi::LoginProblems,
    prelude::*,
    views::{ChallengeView, LoginView},
};

endpoint!(SignInWithPassword, limits: [Login]);

/// Somebody who says who they are.
#[derive(Deserialize, ToSchema)]
struct LoginBody {
    /// The account's address, or else `identifier`.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Email, max_length = 128)]
    email: Text,
    /// The account's address or its login, instead of `email`.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 3, max_length = 128)]
    identifier: Text,
    #[serde(default)]
    #[schema(value_type = String, required, format = Password, min_length = 1, max_length = 128)]
    password: Text,
    /// How the session is held: `token` (the default) or `cookie`.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^(token|cookie)$")]
    transport: Text,
    /// Whether a session held by a cookie survives the browser's end, and a week without a request.
    #[serde(default)]
    #[schema(value_type = Option<bool>)]
    remember_me: Value,
}

impl LoginBody {
    fn parse(self, mark: Option<OpaqueSecret>) -> Result<SignInWithPassword, Problem> {
        let mut checks = Checks::default();
        let identifier = match (self.email, self.identifier) {
            (Text::Missing, Text::Given(login)) if !login.contains('@') => checks
                .parse("identifier", Text::Given(login), |_: &ContactError| "malformed")
                .map(Identifier::Login),
            (Text::Missing, given @ (Text::Given(_) | Text::Wrong)) => {
                checks.email("identifier", given).map(Identifier::Email)
            }
            (email, Text::Missing) => checks.email("email", email).map(Identifier::Email),
            _ => {
                checks.broken("identifier", "ambiguous", "Give either email or identifier.");
                None
            }
        };
        let password = checks.password("password", self.password);
        let holding = holding_of(&mut checks, self.transport, &self.remember_me);
        match (identifier, password, holding, checks.is_kept()) {
            (Some(identifier), Some(password), Some(holding), true) => {
                Ok(SignInWithPassword { identifier, password, mark, holding })
            }
            _ => Err(checks.into_problem()),
        }
    }
}

/// Sign in by address, or by the account's login, and password.
///
/// Ten wrong passwords one after the other are answered; then, for an hour, `sign-in-throttled`, whether or not there
/// is such an account. Clients that signed in before (known by the cookie `__Host-dashtam_kc`, or by network and
/// `User-Agent`) have a budget of their own, so that nobody can lock an owner out. The state of an account is told
/// after the right password only.
///
/// An account with a second factor is asked for it: `202` with a `challenge_token` for
/// `POST /api/v1/auth/login/second-factor`.
///
/// With `transport: cookie` the answer sets `__Host-dashtam_session`, which no page can read, and
/// `__Host-dashtam_csrf`, whose value pages send as `X-CSRF-Token` with every write. Such a sign-in, and every write by
/// cookie, must come from a page of this installation. The session the browser held before ends.
#[utoipa::path(post, path = "/api/v1/auth/login", tag = "auth", request_body = LoginBody,
    responses((status = OK, body = LoginView), (status = ACCEPTED, body = ChallengeView), LoginProblems))]
async fn handle(
    asked: Asked<SignInWithPassword, Json<LoginBody>>,
    request: HttpRequest,
    sign_in: Data<PasswordSignIn>,
    sessions: Data<Sessions>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let wanted = body.parse(mark(&request))?;
    admit_holding(&request, wanted.holding)?;
    let step = sign_in.sign_in(&call, wanted).await?;
    answered(&request, &call, &sessions, &step).await
}
