//! Decisions about transactions that may be one.

mod accept;
mod list;
mod merge;
mod reject;
mod show;
mod undo;

use crate::endpoint::Endpoint;

/// Every endpoint of this folder.
pub(super) const ENDPOINTS: &[Endpoint] =
    &[list::ENDPOINT, merge::ENDPOINT, show::ENDPOINT, accept::ENDPOINT, reject::ENDPOINT, undo::ENDPOINT];
