//! Files of what the caller has: sent at once, or prepared by a worker and fetched later.

mod content;
mod create;
mod get;
mod list;
mod prepared;
mod query;
mod remove;
mod show;

use crate::endpoint::Endpoint;

pub use prepared::ExportWriters;

/// Every endpoint of this folder.
pub(super) const ENDPOINTS: &[Endpoint] =
    &[get::ENDPOINT, create::ENDPOINT, list::ENDPOINT, show::ENDPOINT, remove::ENDPOINT, content::ENDPOINT];
