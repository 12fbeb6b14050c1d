//! Refresh tokens made from their session and number alone.

use dashtam_domain::{
    id::SessionId,
    identity::RefreshSecrets,
    secret::{OpaqueSecret, SecretHash, SecretKind},
};

/// [`RefreshSecrets`] without a secret.
#[derive(Debug, Default, Clone, Copy)]
pub struct FakeRefreshSecrets;

impl RefreshSecrets for FakeRefreshSecrets {
    fn derive(&self, session: SessionId, generation: i64) -> OpaqueSecret {
        let bytes = SecretHash::of(&format!("{session} {generation}"));
        OpaqueSecret::from_bytes(SecretKind::Refresh, bytes.as_bytes())
    }
}
