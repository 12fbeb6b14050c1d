//! Remembers sign-ins that were refused.

use dashtam_domain::{
    call::Call,
    fault::Fault,
    id::{AuditId, UserId},
    identity::{AuditAction, AuditEntry, EmailAddress},
};
use serde_json::json;

use super::{SignIn, SignInError};

impl SignIn {
    /// The line about a refusal: on the account it concerns, and on nobody's for an address that has none, then under
    /// a pseudonym of the address, because people type other things into that field.
    pub(super) fn failure(
        &self,
        call: &Call,
        user: Option<UserId>,
        email: &EmailAddress,
        refusal: &SignInError,
    ) -> AuditEntry {
        let id = AuditId(self.sources.ids.next());
        let reason = refusal.code();
        match user {
            Some(user) => AuditEntry::new(id, call, AuditAction::LoginFailed, user)
                .with(json!({"method": "password", "reason": reason})),
            None => AuditEntry::of_nobody(id, call, AuditAction::LoginFailed).with(json!({
                "method": "password", "reason": reason,
                "identifier": self.audit_seal.pseudonym(email.canonical()),
            })),
        }
    }
}
