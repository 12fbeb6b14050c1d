//! Rotation of tokens after a breach.

mod rotate_everybody;
mod rotate_user;
mod security_config;

use crate::endpoint::Endpoint;

/// Every endpoint of this folder.
pub(super) const ENDPOINTS: &[Endpoint] =
    &[rotate_user::ENDPOINT, rotate_everybody::ENDPOINT, security_config::ENDPOINT];
