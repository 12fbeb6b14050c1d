//! Securities.

mod list;
mod price;
mod show;

use crate::endpoint::Endpoint;

/// Every endpoint of this folder.
pub(super) const ENDPOINTS: &[Endpoint] = &[list::ENDPOINT, show::ENDPOINT, price::ENDPOINT];
