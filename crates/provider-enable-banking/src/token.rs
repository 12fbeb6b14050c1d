//! By what Enable Banking knows the application: a JSON Web Token (RFC 7519) signed with its private key by RS256.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::TimeDelta;
use dashtam_domain::{connections::ProviderError, secret::SecretText, sources::Clock, time::Timestamp};
use josekit::jws::{self, JwsHeader, RS256, alg::rsassa::RsassaJwsSigner};
use serde_json::json;

/// How long a token is good.
const LIFE: TimeDelta = TimeDelta::hours(1);
/// How long one is used.
const USED_FOR: TimeDelta = TimeDelta::minutes(45);
/// How far the other side's clock may be behind ours: a token that seems to come from the future is refused there.
const BEHIND: TimeDelta = TimeDelta::minutes(1);

/// Why a private key cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not an RSA key of 2048 bits at least in PEM")]
pub struct UnusableKey;

/// Makes tokens of the application. One is used for a while: to sign takes a millisecond.
pub(crate) struct ApplicationTokens {
    application: String,
    signer: RsassaJwsSigner,
    clock: Arc<dyn Clock>,
    kept: Mutex<Option<(Timestamp, SecretText)>>,
}

impl fmt::Debug for ApplicationTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApplicationTokens").field("application", &self.application).finish_non_exhaustive()
    }
}

impl ApplicationTokens {
    pub(crate) fn new(
        application: String,
        private_key: &SecretText,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, UnusableKey> {
        let signer = RS256.signer_from_pem(private_key.expose().trim()).map_err(|_| UnusableKey)?;
        Ok(Self { application, signer, clock, kept: Mutex::default() })
    }

    /// The value of the header `Authorization`.
    pub(crate) fn bearer(&self) -> Result<SecretText, ProviderError> {
        let now = self.clock.now();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((made, token)) = &*kept
            && now.is_within(USED_FOR, *made)
        {
            return Ok(token.clone());
        }
        let token = self.sign(now)?;
        *kept = Some((now, token.clone()));
        Ok(token)
    }

    fn sign(&self, now: Timestamp) -> Result<SecretText, ProviderError> {
        let issued = now.plus(-BEHIND);
        let claims = json!({
            "iss": "enablebanking.com",
            "aud": "api.enablebanking.com",
            "iat": issued.as_seconds(),
            "exp": issued.plus(LIFE).as_seconds(),
        });
        let mut header = JwsHeader::new();
        header.set_token_type("JWT");
        header.set_key_id(self.application.as_str());
        let token = jws::serialize_compact(claims.to_string().as_bytes(), &header, &self.signer);
        let token = token.map_err(|_| {
            tracing::error!("the private key of the application does not sign");
            ProviderError::Misconfigured
        })?;
        Ok(SecretText::new(format!("Bearer {token}")))
    }
}
