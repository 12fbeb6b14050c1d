//! Signing up.

mod register;
mod resend_verification;
mod verify_email;

use crate::endpoint::Endpoint;

/// Every endpoint of this folder.
pub(super) const ENDPOINTS: &[Endpoint] =
    &[register::ENDPOINT, verify_email::ENDPOINT, resend_verification::ENDPOINT];
