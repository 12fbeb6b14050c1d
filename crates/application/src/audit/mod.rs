//! The audit trail: one's own, everybody's, and whether it is what was written.

mod list;
mod verify;

use std::sync::Arc;

use dashtam_domain::identity::{AuditSeal, IdentityQueries};

pub use list::{ListAudit, ListOwnAudit};
pub use verify::{AuditReport, VerifyAudit};

/// The audit trail.
pub struct Audit {
    pub(crate) queries: Arc<dyn IdentityQueries>,
    pub(crate) seal: Arc<dyn AuditSeal>,
}
