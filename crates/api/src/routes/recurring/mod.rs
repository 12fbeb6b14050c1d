//! Recurring streams.

mod confirm;
mod dismiss;
mod list;
mod show;
mod update;

use crate::endpoint::Endpoint;

/// Every endpoint of this folder.
pub(super) const ENDPOINTS: &[Endpoint] =
    &[list::ENDPOINT, show::ENDPOINT, update::ENDPOINT, confirm::ENDPOINT, dismiss::ENDPOINT];
