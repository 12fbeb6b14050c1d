//! Begins a rotation of the signing key, or replaces a compromised one at once.

use dashtam_domain::{
    access::{Access, Needs},
    call::{Call, Caller},
    identity::{KeyState, Keystore, PublishedKey, Scope, SigningKeyId},
    sealed::SealedField,
    store::Inserted,
    time::Timestamp,
};
use serde_json::json;

use super::{Signing, SigningError};
use crate::request::{authorize, request};

/// A rotation.
#[derive(Debug)]
pub struct RotateSigningKey {
    /// The present key is in wrong hands: replace it now. Every access token made so far stops working; refresh
    /// tokens go on.
    pub compromised: bool,
    /// The newest key as the caller knows it: of another one that was made since, nothing is taken back. `None` rotates
    /// whatever happened since.
    pub newest: Option<SigningKeyId>,
}

// From the command line of the host, too.
request!(RotateSigningKey, "signing.rotate", Access::Administrator(Needs::change(Scope::AdminWrite).fresh()));

/// What a rotation did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotation {
    /// The new key.
    pub key: SigningKeyId,
    /// From when on it signs.
    pub signs_from: Timestamp,
}

impl Signing {
    /// Publishes the next key, which signs once everybody who verifies tokens may be expected to know it; or, for a
    /// compromised one, puts a new key in its place and forgets all others.
    #[tracing::instrument(name = "signing.rotate", skip_all)]
    pub async fn rotate(&self, call: &Call, request: RotateSigningKey) -> Result<Rotation, SigningError> {
        if call.caller != Caller::System {
            authorize::<RotateSigningKey>(call)?;
        }
        self.keys()?;
        let keystore = self.stored().await?;
        if request.newest.is_some_and(|newest| newest != *keystore.newest()) {
            return Err(SigningError::Overtaken);
        }
        if let (false, Some(next)) = (request.compromised, keystore.next()) {
            return Err(SigningError::UnderWay(next.published_at.plus(Keystore::PUBLISHED_AHEAD)));
        }
        let place = match request.compromised {
            true => SealedField::SigningKey,
            false => SealedField::NextSigningKey,
        };
        let fresh = self.fresh(place, call.now).await?;
        let key = fresh.id.clone();

        let mut work = self.store.begin().await?;
        let signs_from = if request.compromised {
            work.keystore().withdraw_all().await?;
            if !work.keystore().replace(&keystore.current.id, &fresh).await? {
                return Err(SigningError::Overtaken);
            }
            call.now
        } else {
            let next = PublishedKey {
                row: fresh.row,
                id: fresh.id,
                public: fresh.public,
                private: Some(fresh.private),
                state: KeyState::Next,
                published_at: call.now,
                until: None,
            };
            if work.keystore().publish(&next).await? == Inserted::Exists {
                return Err(SigningError::Overtaken);
            }
            call.now.plus(Keystore::PUBLISHED_AHEAD)
        };
        let step = if request.compromised { "replaced" } else { "published" };
        let details = json!({"step": step, "key": key.as_str(), "before": keystore.current.id.as_str()});
        self.note(call, &mut *work, details).await?;
        work.commit().await?;
        tracing::warn!(key = %key, step, "the signing key is rotated");
        Ok(Rotation { key, signs_from })
    }
}
