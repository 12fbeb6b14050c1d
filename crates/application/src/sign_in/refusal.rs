//! Remembers sign-ins that were refused.

use dashtam_domain::{
    call::Call,
    id::{AuditId, UserId},
    identity::{AuditAction, AuditEntry, EmailAddress},
};
use serde_json::json;

use super::{SignIn, SignInError};

impl SignIn {
    /// Notes a refusal on the account it concerns, and on nobody's for an address that has none: then under a
    /// pseudonym of the address, because people type other things into that field. Either is one write, so that
    /// neither takes longer.
    pub(super) async fn refuse<T>(
        &self,
        call: &Call,
        user: Option<UserId>,
        email: &EmailAddress,
        refusal: SignInError,
    ) -> Result<T, SignInError> {
        let reason = dashtam_domain::fault::Fault::code(&refusal);
        let id = AuditId(self.sources.ids.next());
        let entry = match user {
            Some(user) => AuditEntry::new(id, call, AuditAction::LoginFailed, user)
                .with(json!({"method": "password", "reason": reason})),
            None => AuditEntry::of_nobody(id, call, AuditAction::LoginFailed).with(json!({
                "method": "password", "reason": reason,
                "identifier": self.audit_seal.pseudonym(email.canonical()),
            })),
        };
        let mut work = self.store.begin().await?;
        work.audit().append(&entry).await?;
        work.commit().await?;
        Err(refusal)
    }
}
