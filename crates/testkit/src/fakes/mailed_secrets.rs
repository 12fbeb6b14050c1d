//! Tokens of mails made from their item alone.

use dashtam_domain::{
    delivery::MailedSecrets,
    id::OutboxId,
    secret::{OpaqueSecret, SecretHash, SecretKind},
};

/// [`MailedSecrets`] without a secret.
#[derive(Debug, Default, Clone, Copy)]
pub struct FakeMailedSecrets;

impl MailedSecrets for FakeMailedSecrets {
    fn derive(&self, kind: SecretKind, item: OutboxId) -> OpaqueSecret {
        let bytes = SecretHash::of(&format!("mail {item}"));
        OpaqueSecret::from_bytes(kind, bytes.as_bytes())
    }
}
