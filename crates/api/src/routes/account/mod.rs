//! The caller's own account.

mod audit_log;
mod cancel_deletion;
mod change_email;
mod change_password;
mod confirm_email;
mod delete;
mod export;
mod show;
mod show_profile;
mod undo_email_change;
mod update;

use dashtam_domain::secret::SecretText;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{endpoint::Endpoint, prelude::*};

/// Every endpoint of this folder.
pub(super) const ENDPOINTS: &[Endpoint] = &[
    show::ENDPOINT,
    show_profile::ENDPOINT,
    update::ENDPOINT,
    change_password::ENDPOINT,
    change_email::ENDPOINT,
    confirm_email::ENDPOINT,
    undo_email_change::ENDPOINT,
    export::ENDPOINT,
    audit_log::ENDPOINT,
    delete::ENDPOINT,
    cancel_deletion::ENDPOINT,
];

/// A mailed token.
#[derive(Deserialize, ToSchema)]
struct LinkBody {
    #[serde(default)]
    #[schema(value_type = String, required)]
    token: Text,
}

impl LinkBody {
    /// Reads the token.
    fn parse(self) -> Result<SecretText, Problem> {
        let mut checks = Checks::default();
        checks.text("token", self.token).map(SecretText::new).ok_or_else(|| checks.into_problem())
    }
}
