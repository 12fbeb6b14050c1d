//! Rules, and what they decide about transactions.

mod create;
mod delete;
mod get;
mod list;
mod preview;
mod runs;
mod terms;
mod update;

use crate::endpoint::Endpoint;

/// Every endpoint of this folder.
pub(super) const ENDPOINTS: &[Endpoint] = &[
    list::ENDPOINT,
    create::ENDPOINT,
    preview::ENDPOINT,
    runs::LIST,
    runs::START,
    runs::SHOW,
    runs::UNDO,
    get::ENDPOINT,
    update::ENDPOINT,
    delete::ENDPOINT,
];
