//! `POST /api/v1/auth/register`: registers an account.

use actix_web::{http::StatusCode, web::Data};
use dashtam_application::registration::{Register, Registered, Registration};
use dashtam_domain::identity::{EmailAddress, PersonName, PlainPassword};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    openapi::{IdempotencyHeader, RegistrationProblems},
    prelude::*,
    views::Message,
};

endpoint!(Register, limits: [Register]);

/// An account wanted.
#[derive(Deserialize, ToSchema)]
struct RegisterBody {
    #[serde(default)]
    #[schema(value_type = String, required, format = Email, max_length = 128)]
    email: Text,
    /// 8 to 128 characters with an upper-case and a lower-case letter, a digit and a special character.
    #[serde(default)]
    #[schema(value_type = String, required, format = Password, min_length = 8, max_length = 128)]
    password: Text,
    #[serde(default)]
    #[schema(value_type = String, required, min_length = 1, max_length = 100, pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")]
    name: Text,
}

impl RegisterBody {
    fn parse(self) -> Result<Register, Problem> {
        let mut checks = Checks::default();
        let email = checks.email("email", self.email);
        let name = checks.person_name("name", self.name);
        let password = checks.text("password", self.password);
        let password = password.and_then(|text| choose(&mut checks, &text, email.as_ref(), name.as_ref()));
        match (email, name, password) {
            (Some(email), Some(name), Some(password)) => Ok(Register { email, name, password }),
            _ => Err(checks.into_problem()),
        }
    }
}

/// Checks the password; without a good address or name, against those parts of the rule that need neither.
fn choose(
    checks: &mut Checks,
    text: &str,
    email: Option<&EmailAddress>,
    name: Option<&PersonName>,
) -> Option<PlainPassword> {
    let (any_email, any_name) = ("a@b.example".parse().ok(), "-".parse().ok());
    let email = email.or(any_email.as_ref())?;
    let name = name.or(any_name.as_ref())?;
    match PlainPassword::chosen(text, email, name) {
        Ok(password) => Some(password),
        Err(rejection) => {
            checks.broken("password", rejection.code(), rejection.to_string());
            None
        }
    }
}

fn present(_: &Registered) -> Answer {
    let message = "Registration received. Check your mail to verify the address.";
    Answer::new(StatusCode::CREATED, &Message { message })
}

/// Register an account.
///
/// The answer is the same for a new and for a taken address; the mail tells the owner. The operator may let nobody register
/// (`registration.mode`): it is `registration-by-invitation` then where accounts are made for others, `registration-closed` where
/// there are no new ones, whatever the address.
#[utoipa::path(post, path = "/api/v1/auth/register", tag = "auth", params(IdempotencyHeader),
    request_body = RegisterBody, responses((status = CREATED, body = Message), RegistrationProblems))]
async fn handle(asked: Asked<Register, Json<RegisterBody>>, registration: Data<Registration>) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    Ok(present(&registration.register(&call, body.parse()?, |outcome| present(outcome).to_stored()).await?))
}
