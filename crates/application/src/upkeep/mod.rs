//! What keeps the store in order: outlived rows go, work that died is told to have died, and users of other programs are
//! there.

mod admit_user;
mod backlog;
mod check_days;
mod interrupt;
mod purge;

use std::sync::Arc;

use dashtam_domain::store::{Queries, Store};

pub use admit_user::AdmitUser;
pub use backlog::{Backlog, MeasureBacklog};
pub use check_days::{CheckDays, CheckSample, CheckedDays};
pub use interrupt::InterruptImports;
pub use purge::Purge;

/// Upkeep of the store.
pub struct Upkeep {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) queries: Arc<dyn Queries>,
}
