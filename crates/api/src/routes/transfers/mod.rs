//! Transfers between a user's own accounts.

mod create;
mod list;

use crate::endpoint::Endpoint;

/// Every endpoint of this folder.
pub(super) const ENDPOINTS: &[Endpoint] = &[list::ENDPOINT, create::ENDPOINT];
