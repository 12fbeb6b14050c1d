//! Securities.

mod list;
mod show;

use crate::endpoint::Endpoint;

/// Every endpoint of this folder.
pub(super) const ENDPOINTS: &[Endpoint] = &[list::ENDPOINT, show::ENDPOINT];
