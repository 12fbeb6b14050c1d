//! Tokens whose signature was checked, remembered by the hash of the whole token.

use std::sync::Arc;

use moka::sync::Cache;
use sha2::{Digest, Sha256};

/// The number of tokens that are remembered. Those used least give way.
const REMEMBERED: u64 = 10_000;

/// SHA-256 of a whole token, signature included: another text never has it, so that a hit proves what the check of
/// the signature proved.
pub(crate) type TokenHash = [u8; 32];

/// What verified tokens say. A signature costs more to check than the rest of a request: several times as much with
/// RSA, and still a good part of it with HMAC. Only what cannot change is remembered; times are looked at by the
/// holder every time.
pub(crate) struct VerifiedTokens<T>(Cache<TokenHash, Arc<T>>);

impl<T: Send + Sync + 'static> VerifiedTokens<T> {
    pub(crate) fn new() -> Self {
        Self(Cache::new(REMEMBERED))
    }

    /// The hash by which a token is remembered.
    pub(crate) fn name(token: &str) -> TokenHash {
        Sha256::digest(token).into()
    }

    pub(crate) fn get(&self, name: &TokenHash) -> Option<Arc<T>> {
        self.0.get(name)
    }

    /// Remembers the content of a token whose signature is good.
    pub(crate) fn keep(&self, name: TokenHash, says: T) -> Arc<T> {
        let says = Arc::new(says);
        self.0.insert(name, says.clone());
        says
    }
}
