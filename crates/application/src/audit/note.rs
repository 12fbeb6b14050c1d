//! Writes lines of the trail.

use dashtam_domain::{
    call::Call,
    id::{AuditId, UserId},
    identity::{AuditAction, AuditEntry},
    sources::Sources,
    store::{StoreError, UnitOfWork},
};
use serde_json::Value;

/// Appends a line about something `call` did to `user`'s account.
pub(crate) async fn note(
    work: &mut dyn UnitOfWork,
    sources: &Sources,
    call: &Call,
    action: AuditAction,
    user: UserId,
    details: Value,
) -> Result<(), StoreError> {
    let line = AuditEntry::new(AuditId(sources.ids.next()), call, action, user).with(details);
    work.audit().append(&line).await
}
