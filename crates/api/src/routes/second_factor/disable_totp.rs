//! `DELETE /api/v1/auth/second-factor/totp`: gives the authenticator up.

use actix_web::web::Data;
use dashtam_application::factor::{DisableTotp, SecondFactors};
use dashtam_domain::{identity::FactorMethod, secret::SecretText};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{openapi::FactorProblems, prelude::*, views::Message};

endpoint!(DisableTotp, limits: [SecondFactor]);

/// The password and a code.
#[derive(Deserialize, ToSchema)]
struct DisableTotpBody {
    #[serde(default)]
    #[schema(value_type = String, required, format = Password, min_length = 1, max_length = 128)]
    password: Text,
    /// What the code is: `totp`, which is understood when it is left out, or `backup_code`.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^(totp|backup_code)$")]
    method: Text,
    /// A code of the authenticator, or a backup code.
    #[serde(default)]
    #[schema(value_type = String, required, format = Password)]
    code: Text,
}

impl DisableTotpBody {
    fn parse(self) -> Result<DisableTotp, Problem> {
        let mut checks = Checks::default();
        let password = checks.password("password", self.password);
        let method = match checks.optional_text("method", self.method).as_deref() {
            None | Some("totp") => FactorMethod::Totp,
            Some("backup_code") => FactorMethod::BackupCode,
            Some(_) => {
                checks.broken("method", "unknown", "This field must be totp or backup_code.");
                FactorMethod::Totp
            }
        };
        let code = checks.text("code", self.code).map(SecretText::new);
        checks.finish()?;
        match (password, code) {
            (Some(password), Some(code)) => Ok(DisableTotp { password, method, code }),
            _ => Err(Problem::invalid(Vec::new())),
        }
    }
}

/// Give the authenticator up, by the password and a code.
///
/// Ten wrong codes in a row lock the second factor for fifteen minutes, and twice as long every further time.
#[utoipa::path(delete, path = "/api/v1/auth/second-factor/totp", tag = "second factor",
    request_body = DisableTotpBody, responses((status = OK, body = Message), FactorProblems))]
async fn handle(asked: Asked<DisableTotp, Json<DisableTotpBody>>, factors: Data<SecondFactors>) -> Answered {
    let (call, Json(body)) = asked.into_parts();
    factors.disable_totp(&call, body.parse()?).await?;
    Ok(Answer::ok(&Message { message: "The second factor is off. The password alone signs in." }))
}
