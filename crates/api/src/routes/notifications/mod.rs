//! What somebody wants to hear of.

mod set;
mod show;

use crate::endpoint::Endpoint;

/// Every endpoint of this folder.
pub(super) const ENDPOINTS: &[Endpoint] = &[show::ENDPOINT, set::ENDPOINT];
