//! The key pair that signs access tokens: made once, published, rotated.

mod advance;
mod load;
mod newest;
mod rotate;

use std::sync::Arc;

use chrono::TimeDelta;
use dashtam_domain::{
    call::Call,
    identity::{
        AuditAction, AuditLine, FieldCipher, KeyPair, Keystore, KeystoreQueries, OpenKeys, PublicJwk,
        SigningKey, SigningKeys, UnusableKey,
    },
    record::Record,
    sealed::SealedField,
    secret::SealError,
    sources::Sources,
    store::{Store, StoreError, UnitOfWork},
    time::Timestamp,
};

use crate::{
    Policy,
    errors::{CommonError, faults},
};

pub use advance::AdvanceSigningKeys;
pub use load::LoadSigningKeys;
pub use newest::GetNewestKey;
pub use rotate::{RotateSigningKey, Rotation};

/// The keys that sign access tokens. Without an adapter for key pairs (HS256) there are none, and every use case
/// says so.
pub struct Signing {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) queries: Arc<dyn KeystoreQueries>,
    pub(crate) sources: Sources,
    pub(crate) cipher: Arc<dyn FieldCipher>,
    pub(crate) keys: Option<Arc<dyn SigningKeys>>,
    pub(crate) policy: Policy,
}

/// Why the signing keys cannot be used or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SigningError {
    /// Access tokens are not signed by key pairs.
    #[error("Access tokens are signed with HS256, which has no key pair (tokens.algorithm).")]
    NoKeyPair,
    /// A rotation is under way already.
    #[error("The next key is published already; it signs from {0} on.")]
    UnderWay(Timestamp),
    /// It was rotated at the same moment, or since the caller looked.
    #[error("The signing key was rotated meanwhile.")]
    Overtaken,
    /// The stored private key does not open. Making another one would sign everybody out, so nothing is done.
    #[error(
        "The private key in the keystore cannot be decrypted with any encryption key of this installation. Put the \
         missing key back, or, if it is lost, run: dashtam keys forget --lost"
    )]
    Sealed(#[source] SealError),
    /// The halves do not match, or it is no key.
    #[error("The key pair in the keystore cannot be used: its halves do not match, or it is damaged.")]
    Unusable(#[from] UnusableKey),
    /// See [`CommonError`].
    #[error(transparent)]
    Common(CommonError),
}

faults! {
    SigningError {
        Self::NoKeyPair => Conflict: "no-key-pair",
        Self::UnderWay(_) => Conflict: "rotation-under-way",
        Self::Overtaken => Conflict: "changed-meanwhile",
        Self::Sealed(_) | Self::Unusable(_) => Internal: "internal",
    }
}

impl Signing {
    /// How long a retired key verifies beyond the life of its last token: clocks differ.
    const AFTER_THE_LAST: TimeDelta = TimeDelta::seconds(60);

    /// The public keys in use, for `/.well-known/jwks.json`; none when access tokens have no key pair.
    pub fn published(&self) -> Vec<PublicJwk> {
        self.keys.as_ref().map_or_else(Vec::new, |keys| keys.published())
    }

    fn keys(&self) -> Result<&Arc<dyn SigningKeys>, SigningError> {
        self.keys.as_ref().ok_or(SigningError::NoKeyPair)
    }

    /// What the keystore holds.
    async fn stored(&self) -> Result<Keystore, SigningError> {
        let missing = || {
            let reason = "there is no key yet; start the server once".to_owned();
            StoreError::Corrupt { record: Record::SigningKey, reason }
        };
        Ok(self.queries.keystore().await?.ok_or_else(missing)?)
    }

    /// A fresh pair, sealed for this place.
    async fn fresh(&self, place: SealedField, now: Timestamp) -> Result<SigningKey, SigningError> {
        let KeyPair { id, public, private } = self.keys()?.generate().await?;
        let row = self.sources.ids.next();
        let private = self.cipher.seal(&private, place.at(row))?;
        Ok(SigningKey { row, id, public, private, created_at: now })
    }

    /// Signs and verifies by what the keystore holds.
    fn install(&self, keystore: &Keystore) -> Result<(), SigningError> {
        let SigningKey { row, id, public, private, .. } = &keystore.current;
        let private =
            self.cipher.open(private, SealedField::SigningKey.at(*row)).map_err(SigningError::Sealed)?;
        let others = keystore.published.iter().map(|key| (key.id.clone(), key.public.clone(), key.until));
        let current = KeyPair { id: id.clone(), public: public.clone(), private };
        Ok(self.keys()?.install(OpenKeys { current, others: others.collect() })?)
    }

    async fn note(
        &self,
        call: &Call,
        work: &mut dyn UnitOfWork,
        details: serde_json::Value,
    ) -> Result<(), SigningError> {
        let line = match call.principal() {
            Ok(by) => AuditLine::new(AuditAction::SigningKeyRotated, by.user),
            Err(_) => AuditLine::of_nobody(AuditAction::SigningKeyRotated),
        };
        Ok(work.note(&self.sources, call, line.with(details)).await?)
    }
}
