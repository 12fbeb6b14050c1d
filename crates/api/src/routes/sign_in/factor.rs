//! How a second factor is shown.

use dashtam_domain::{identity::FactorMethod, secret::SecretText};

use crate::extract::{Checks, Text};

/// The longest code there is, with whatever people put between its characters.
pub(super) const LONGEST_CODE: usize = 64;

/// Reads how a code is shown.
pub(super) fn method(checks: &mut Checks, method: Text) -> Option<FactorMethod> {
    let read = FactorMethod::parse(&checks.text("method", method)?);
    if read.is_none() {
        checks.broken("method", "unknown", "This field must be totp, email or backup_code.");
    }
    read
}

/// Reads a code as it was typed.
pub(super) fn code(checks: &mut Checks, code: Text) -> Option<SecretText> {
    checks.sized_text("code", code, 1..=LONGEST_CODE).map(SecretText::new)
}
