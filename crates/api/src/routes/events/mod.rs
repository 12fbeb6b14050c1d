//! Events as they happen.

mod follow;

use crate::endpoint::Endpoint;

/// Every endpoint of this folder.
pub(super) const ENDPOINTS: &[Endpoint] = &[follow::ENDPOINT];
