//! Files of what the caller has.

mod get;

use crate::endpoint::Endpoint;

/// Every endpoint of this folder.
pub(super) const ENDPOINTS: &[Endpoint] = &[get::ENDPOINT];
