//! Notices that the installation runs with another secret key than at the last start.

use dashtam_domain::{
    access::Access,
    call::Call,
    identity::{AuditAction, AuditLine},
};

use super::Keys;
use crate::{errors::CommonError, request::request};

/// The secret key in force.
#[derive(Debug)]
pub struct MarkSecret {
    /// What it is recognised by, and cannot be found from.
    pub mark: String,
}

request!(MarkSecret, "keys.mark_secret", Access::System);

/// How the secret key compares with the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretChange {
    /// None was known before.
    First,
    /// It is the same.
    Same,
    /// It is another one.
    Changed,
}

impl Keys {
    /// Remembers the fingerprint of the secret key. A change has a line in the trail, of however many servers that
    /// start together one.
    #[tracing::instrument(name = "keys.mark_secret", skip_all)]
    pub async fn mark_secret(&self, call: &Call, request: MarkSecret) -> Result<SecretChange, CommonError> {
        call.permits(Access::System)?;
        let MarkSecret { mark } = request;
        let before = self.queries.secret_key_mark().await?;
        if before.as_ref() == Some(&mark) {
            return Ok(SecretChange::Same);
        }
        let mut work = self.store.begin().await?;
        let is_new = work.sealed_values().mark_secret_key(&mark, call.now).await?;
        if before.is_some() && is_new {
            work.note(&self.sources, call, AuditLine::of_nobody(AuditAction::SecretKeyChanged)).await?;
        }
        work.commit().await?;
        Ok(if before.is_some() { SecretChange::Changed } else { SecretChange::First })
    }
}
