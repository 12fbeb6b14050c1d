//! Synchronisations by their own ids.

mod cancel;
mod show;

use crate::endpoint::Endpoint;

/// Every endpoint of this folder.
pub(super) const ENDPOINTS: &[Endpoint] = &[show::ENDPOINT, cancel::ENDPOINT];
