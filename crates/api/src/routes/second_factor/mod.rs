//! The caller's second factor.

mod cancel_reset;
mod confirm_email;
mod confirm_totp;
mod disable_email;
mod disable_totp;
mod enrol_email;
mod enrol_totp;
mod replace_backup_codes;
mod status;

use dashtam_domain::secret::SecretText;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{endpoint::Endpoint, prelude::*};

/// Every endpoint of this folder.
pub(super) const ENDPOINTS: &[Endpoint] = &[
    status::ENDPOINT,
    enrol_totp::ENDPOINT,
    confirm_totp::ENDPOINT,
    disable_totp::ENDPOINT,
    enrol_email::ENDPOINT,
    confirm_email::ENDPOINT,
    disable_email::ENDPOINT,
    replace_backup_codes::ENDPOINT,
    cancel_reset::ENDPOINT,
];

/// A code as it is shown.
#[derive(Deserialize, ToSchema)]
struct FactorCodeBody {
    /// Six digits; spaces are ignored.
    #[serde(default)]
    #[schema(value_type = String, required, format = Password)]
    code: Text,
}

impl FactorCodeBody {
    fn parse(self) -> Result<SecretText, Problem> {
        let mut checks = Checks::default();
        match checks.text("code", self.code) {
            Some(code) => Ok(SecretText::new(code)),
            None => Err(checks.into_problem()),
        }
    }
}
