//! Transfers between a user's own accounts: found, shown, made by hand and dissolved.

mod find;
mod link;
mod list;
mod near;
mod settle;
mod sums;

use std::sync::Arc;

use dashtam_domain::{
    sources::Sources,
    store::{Queries, Store},
};

pub use link::LinkTransfer;
pub use list::ListTransfers;
pub(crate) use settle::{Sides, apply, dissolve, release, release_import};

/// Transfers between a user's own accounts.
pub struct Transfers {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) queries: Arc<dyn Queries>,
    pub(crate) sources: Sources,
}
