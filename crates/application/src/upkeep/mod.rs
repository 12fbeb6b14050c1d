//! What keeps the store in order: outlived rows go, work that died is told to have died, and users of other programs are
//! there.

mod admit_user;
mod backlog;
mod check_days;
mod interrupt;
mod purge;
mod show_health;
mod show_work;

use std::sync::Arc;

use dashtam_domain::{
    inspection::Inspector,
    store::{Queries, Store},
};

pub use admit_user::AdmitUser;
pub use backlog::{Backlog, MeasureBacklog};
pub use check_days::{CheckDays, CheckSample, CheckedDays};
pub use interrupt::InterruptImports;
pub use purge::Purge;
pub use show_health::ShowHealth;
pub use show_work::{ShowWork, Work};

/// Upkeep of the store.
pub struct Upkeep {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) queries: Arc<dyn Queries>,
    pub(crate) inspector: Option<Arc<dyn Inspector>>,
}
