//! Access tokens: JWT signed with RS256 by the keystore's pair.

use std::{
    borrow::Cow,
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use async_trait::async_trait;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use dashtam_domain::{
    identity::{
        AccessClaims, AccessTokens, InvalidAccessToken, KeyPair, OpenKeys, PublicJwk, SigningKeyId,
        SigningKeys, UnusableKey,
    },
    secret::SecretText,
    time::Timestamp,
};
use josekit::jws::{JwsSigner, alg::rsassa::RsassaJwsSigner};
use serde::{Deserialize, Serialize};

use crate::{
    access_tokens::{Claims, MAX_TOKEN, is_current},
    rsa_keys::{self, Verifier, halves_match},
    verified_tokens::VerifiedTokens,
};

/// The media type of JWT access tokens (RFC 9068), so that no other JWT is taken for one.
const TYPE: &str = "at+jwt";

/// [`AccessTokens`] as JWT with RS256, and the [`SigningKeys`] they are made and checked with.
///
/// Checking an RSA signature costs several times what the rest of a request does, so what was found good is
/// remembered by the hash of the whole token, together with the key it was good under. Times are checked every time,
/// and so is whether that key is still in use; whether the session has ended is not this adapter's business and is
/// asked by its callers every time, too.
pub struct Rs256AccessTokens {
    issuer: String,
    audience: String,
    keys: RwLock<Arc<Keys>>,
    verified: VerifiedTokens<Verified>,
}

#[derive(Default)]
struct Keys {
    signing: Option<Signing>,
    /// Everything that verifies, each until its end if it has one; the current key first.
    verifying: Vec<(Arc<Verifier>, Option<Timestamp>)>,
}

struct Signing {
    id: SigningKeyId,
    /// The header of every token, encoded once.
    header: String,
    signer: RsassaJwsSigner,
}

impl Keys {
    /// The key of this name, unless its time is over.
    fn find(&self, id: &str, now: Timestamp) -> Option<&Arc<Verifier>> {
        let (key, until) = self.verifying.iter().find(|(key, _)| key.jwk.id.as_str() == id)?;
        until.is_none_or(|until| now <= until).then_some(key)
    }
}

struct Verified {
    key: SigningKeyId,
    claims: AccessClaims,
}

impl Rs256AccessTokens {
    /// Tokens made by `issuer` for `audience`, once keys are installed.
    pub fn new(issuer: impl Into<String>, audience: impl Into<String>) -> Self {
        Self {
            issuer: issuer.into(),
            audience: audience.into(),
            keys: RwLock::default(),
            verified: VerifiedTokens::new(),
        }
    }

    fn keys(&self) -> Arc<Keys> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What a token says that one of our keys signed.
    fn open(&self, token: &str, now: Timestamp) -> Option<Verified> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, body) = signed.split_once('.')?;
        let header = BASE64.decode(header).ok()?;
        let header: Header<'_> = serde_json::from_slice(&header).ok()?;
        if header.alg != "RS256" || header.typ != TYPE {
            return None;
        }
        let keys = self.keys();
        let key = keys.find(&header.kid, now)?;
        if !key.accepts(signed.as_bytes(), &BASE64.decode(signature).ok()?) {
            return None;
        }
        let payload = BASE64.decode(body).ok()?;
        let claims: Claims<'_> = serde_json::from_slice(&payload).ok()?;
        let ours =
            claims.iss.as_deref() == Some(&self.issuer) && claims.aud.as_deref() == Some(&self.audience);
        ours.then_some(())?;
        Some(Verified { key: key.jwk.id.clone(), claims: claims.of_access_token()? })
    }
}

impl AccessTokens for Rs256AccessTokens {
    fn issue(&self, claims: &AccessClaims) -> Result<SecretText, InvalidAccessToken> {
        let keys = self.keys();
        let signing = keys.signing.as_ref().ok_or(InvalidAccessToken)?;
        let claims = Claims::new(claims, &self.issuer, &self.audience);
        let payload = serde_json::to_vec(&claims).map_err(|_| InvalidAccessToken)?;
        let mut token = signing.header.clone();
        token.push('.');
        BASE64.encode_string(payload, &mut token);
        let signature = signing.signer.sign(token.as_bytes()).map_err(|_| InvalidAccessToken)?;
        token.push('.');
        BASE64.encode_string(signature, &mut token);
        Ok(SecretText::new(token))
    }

    fn verify(&self, token: &str, now: Timestamp) -> Result<AccessClaims, InvalidAccessToken> {
        if token.len() > MAX_TOKEN {
            return Err(InvalidAccessToken);
        }
        let name = VerifiedTokens::<Verified>::name(token);
        let known = self.verified.get(&name);
        let verified = match known {
            Some(known) if self.keys().find(known.key.as_str(), now).is_some() => known,
            _ => self.verified.keep(name, self.open(token, now).ok_or(InvalidAccessToken)?),
        };
        let claims = &verified.claims;
        if !is_current(claims.issued_at, claims.expires_at, now) {
            return Err(InvalidAccessToken);
        }
        Ok(claims.clone())
    }
}

#[async_trait]
impl SigningKeys for Rs256AccessTokens {
    async fn generate(&self) -> Result<KeyPair, UnusableKey> {
        tokio::task::spawn_blocking(rsa_keys::generate).await.map_err(|_| UnusableKey)?
    }

    fn install(&self, keys: OpenKeys) -> Result<(), UnusableKey> {
        let OpenKeys { current, others } = keys;
        let signer = rsa_keys::signer(&current.private)?;
        let verifier = Verifier::new(&current.public)?;
        if verifier.jwk.id != current.id || !halves_match(&signer, &verifier) {
            return Err(UnusableKey);
        }
        let header = Header { alg: "RS256".into(), typ: TYPE.into(), kid: current.id.as_str().into() };
        let header = BASE64.encode(serde_json::to_vec(&header).map_err(|_| UnusableKey)?);
        let mut verifying = vec![(Arc::new(verifier), None)];
        for (id, public, until) in others {
            let verifier = Verifier::new(&public)?;
            // A key that was just promoted is listed twice.
            if verifier.jwk.id != id {
                return Err(UnusableKey);
            }
            if id != current.id {
                verifying.push((Arc::new(verifier), until));
            }
        }
        let signing = Some(Signing { id: current.id, header, signer });
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(Keys { signing, verifying });
        Ok(())
    }

    fn current(&self) -> Option<SigningKeyId> {
        self.keys().signing.as_ref().map(|signing| signing.id.clone())
    }

    fn published(&self) -> Vec<PublicJwk> {
        self.keys().verifying.iter().map(|(key, _)| key.jwk.clone()).collect()
    }
}

impl fmt::Debug for Rs256AccessTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rs256AccessTokens")
            .field("issuer", &self.issuer)
            .field("audience", &self.audience)
            .finish_non_exhaustive()
    }
}

/// Exactly these members: `crit` makes demands we do not know, and a key that a token offers for itself
/// (`jwk`, `jku`, `x5u`, `x5c`) proves nothing.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header<'a> {
    #[serde(borrow)]
    alg: Cow<'a, str>,
    #[serde(borrow)]
    typ: Cow<'a, str>,
    #[serde(borrow)]
    kid: Cow<'a, str>,
}

#[cfg(test)]
mod tests;
