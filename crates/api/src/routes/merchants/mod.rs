//! The other sides of transactions, and what is learned of them.

mod forget;
mod list;
mod update;

use crate::endpoint::Endpoint;

/// Every endpoint of this folder.
pub(super) const ENDPOINTS: &[Endpoint] = &[list::ENDPOINT, update::ENDPOINT, forget::ENDPOINT];
