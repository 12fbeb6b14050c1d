//! The audit trail: lines, and the chain that shows whether one was changed or removed.

mod chain;
mod entry;
mod trail;

pub use chain::*;
pub use entry::{AuditAction, AuditEntry, AuditLine};
pub use trail::*;
