//! New passwords by mail.

mod check;
mod complete;
mod request;

use crate::endpoint::Endpoint;

/// Every endpoint of this folder.
pub(super) const ENDPOINTS: &[Endpoint] = &[request::ENDPOINT, check::ENDPOINT, complete::ENDPOINT];
