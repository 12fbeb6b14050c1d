//! What keeps the store in order: outlived rows go, and work that died is told to have died.

mod backlog;
mod interrupt;
mod purge;

use std::sync::Arc;

use dashtam_domain::store::{Queries, Store};

pub use backlog::{Backlog, MeasureBacklog};
pub use interrupt::InterruptImports;
pub use purge::Purge;

/// Upkeep of the store.
pub struct Upkeep {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) queries: Arc<dyn Queries>,
}
