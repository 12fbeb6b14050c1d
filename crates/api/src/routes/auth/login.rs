//! `POST /api/v1/auth/login`

use actix_web::web::Data;
use dashtam_application::{
    Request,
    sign_in::{SignIn, SignInWithPassword},
};
use dashtam_domain::identity::PlainPassword;
use serde::Deserialize;
use utoipa::ToSchema;

use super::email_code;
use crate::{
    answer::Answer,
    extract::{Asked, Checks, Json, Text},
    openapi::SignInProblems,
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
    fn parse(self) -> Result<SignInWithPassword, Problem> {
        let mut checks = Checks::default();
        let email = checks.parse("email", self.email, email_code);
        let password = checks.text("password", self.password).and_then(|text| {
            let password = PlainPassword::presented(&text);
            if password.is_none() {
                checks.broken("password", "length", "This field must be 1 to 128 characters long.");
            }
            password
        });
        match (email, password) {
            (Some(email), Some(password)) => Ok(SignInWithPassword { email, password }),
            _ => Err(checks.into_problem()),
        }
    }
}

/// Sign in by address and password.
#[utoipa::path(post, path = "/api/v1/auth/login", tag = "auth", operation_id = SignInWithPassword::NAME,
    security(()), request_body = LoginBody, responses((status = OK, body = LoginView), SignInProblems))]
pub(crate) async fn login(
    asked: Asked<SignInWithPassword, Json<LoginBody>>,
    sign_in: Data<SignIn>,
) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    let signed_in = sign_in.with_password(&call, body.parse()?).await?;
    Ok(Answer::ok(&LoginView::from(&signed_in)))
}
