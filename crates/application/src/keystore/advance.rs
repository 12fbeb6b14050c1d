//! Keeps this process's keys up to date, and finishes rotations when they are due.

use dashtam_domain::{
    access::Access,
    call::Call,
    identity::{KeyState, Keystore, PublishedKey, SigningKey, SigningKeyId},
    sealed::SealedField,
    secret::SealError,
};
use serde_json::json;

use super::{RotateSigningKey, Signing, SigningError};
use crate::request::request;

/// A round of the clockwork.
#[derive(Debug)]
pub struct AdvanceSigningKeys;

request!(AdvanceSigningKeys, "signing.advance", Access::System);

impl Signing {
    /// Puts a published key in force once it is due, forgets retired ones, begins the regular rotation, and installs
    /// what the keystore then holds. Every process does this; the database lets one of them take each step.
    pub async fn advance(&self, call: &Call, _request: AdvanceSigningKeys) -> Result<(), SigningError> {
        call.permits(Access::System)?;
        let Some(mut keystore) = self.queries.keystore().await? else { return Ok(()) };
        let ended = |key: &PublishedKey| key.until.is_some_and(|until| until < call.now);
        let old = call.now.since(keystore.current.created_at) >= self.policy.signing_key;
        let changed = if let Some(next) = keystore.due(call.now) {
            self.promote(call, &keystore, next).await?;
            true
        } else if keystore.published.iter().any(ended) {
            let mut work = self.store.begin().await?;
            work.keystore().forget_retired(call.now).await?;
            work.commit().await?;
            true
        } else if old && keystore.next().is_none() {
            match self.rotate(call, RotateSigningKey { compromised: false, newest: None }).await {
                Ok(_) | Err(SigningError::Overtaken | SigningError::UnderWay(_)) => true,
                Err(error) => return Err(error),
            }
        } else {
            false
        };
        if changed {
            let Some(found) = self.queries.keystore().await? else { return Ok(()) };
            keystore = found;
        }
        if self.is_outdated(&keystore)? { self.install(&keystore) } else { Ok(()) }
    }

    /// The next key signs; the present one verifies until its last token has ended.
    async fn promote(
        &self,
        call: &Call,
        keystore: &Keystore,
        next: &PublishedKey,
    ) -> Result<(), SigningError> {
        let Some(sealed) = &next.private else { return Ok(()) };
        // Sealed values are bound to their place, and this one moves.
        let place = SealedField::NextSigningKey.at(next.row);
        let private = match self.cipher.open(sealed, place) {
            Ok(private) => private,
            Err(SealError::Open) => return self.withdraw_lost(call, next).await,
            Err(error) => return Err(error.into()),
        };
        let row = self.sources.ids.next();
        let private = self.cipher.seal(&private, SealedField::SigningKey.at(row))?;
        let (id, public) = (next.id.clone(), next.public.clone());
        let signing = SigningKey { row, id, public, private, created_at: call.now };
        let old = &keystore.current;
        let retired = PublishedKey {
            row: self.sources.ids.next(),
            id: old.id.clone(),
            public: old.public.clone(),
            private: None,
            state: KeyState::Retired,
            published_at: old.created_at,
            until: Some(call.now.plus(self.policy.access_token + Self::AFTER_THE_LAST)),
        };
        let mut work = self.store.begin().await?;
        // Somebody else was first: nothing is left to do.
        if !work.keystore().replace(&old.id, &signing).await? {
            return Ok(());
        }
        work.keystore().withdraw(&next.id).await?;
        work.keystore().publish(&retired).await?;
        let details = json!({"step": "in force", "key": next.id.as_str(), "before": old.id.as_str()});
        self.note(call, &mut *work, details).await?;
        work.commit().await?;
        tracing::warn!(key = %next.id, "a new key signs access tokens");
        Ok(())
    }

    /// A next key that nobody can use gives its place to another: nothing was ever signed with it.
    async fn withdraw_lost(&self, call: &Call, next: &PublishedKey) -> Result<(), SigningError> {
        let mut work = self.store.begin().await?;
        if !work.keystore().withdraw(&next.id).await? {
            return Ok(());
        }
        let details = json!({"step": "withdrawn, because no key opens it", "key": next.id.as_str()});
        self.note(call, &mut *work, details).await?;
        work.commit().await?;
        tracing::error!(key = %next.id, "no key opens the next signing key; it is withdrawn");
        Ok(())
    }

    /// Whether this process signs or verifies by other keys than the keystore holds.
    fn is_outdated(&self, keystore: &Keystore) -> Result<bool, SigningError> {
        let keys = self.keys()?;
        let mut stored: Vec<&SigningKeyId> = keystore.published.iter().map(|key| &key.id).collect();
        stored.push(&keystore.current.id);
        stored.sort();
        stored.dedup();
        let installed = keys.published();
        let mut held: Vec<&SigningKeyId> = installed.iter().map(|jwk| &jwk.id).collect();
        held.sort();
        Ok(stored != held || keys.current().as_ref() != Some(&keystore.current.id))
    }
}
