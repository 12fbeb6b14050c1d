//! Access tokens: JWT signed with HS256.

mod claims;
mod library;

use std::{borrow::Cow, fmt};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use chrono::TimeDelta;
use dashtam_domain::{
    identity::{AccessClaims, AccessTokens, InvalidAccessToken},
    secret::SecretText,
    time::Timestamp,
};
use josekit::jws::{HS256, JwsSigner, alg::hmac::HmacJwsSigner};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use subtle::ConstantTimeEq;

use crate::verified_tokens::VerifiedTokens;

pub(crate) use claims::Claims;
pub use library::{TokenClaims, TokenError, TokenType};

/// The fewest bytes of a signing key: HS256 wants as many as its hash has.
pub const MIN_SIGNING_KEY: usize = 32;
/// Longer texts are refused before they are read.
pub(crate) const MAX_TOKEN: usize = 8 * 1024;
/// How far the clocks of two replicas may differ.
const LEEWAY: TimeDelta = TimeDelta::seconds(5);
/// `{"alg":"HS256","typ":"JWT"}`, the header of every token made here.
const HEADER: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";
/// The length of an HMAC-SHA-256 in base64url.
const SIGNATURE: usize = 43;
/// The `type` claim of access tokens.
const ACCESS: &str = "access";

/// The signing key is shorter than [`MIN_SIGNING_KEY`] bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signing key of access tokens needs at least {MIN_SIGNING_KEY} bytes")]
pub struct UnusableSigningKey;

/// [`AccessTokens`] as JWT with HS256.
///
/// Tokens that another program made with the same key and without `iss` and `aud` are accepted, as long as they
/// name a session (`jti`) and a version: without them a token could not be revoked.
///
/// What was found good is remembered by the hash of the whole token. Times are checked every time; whether the session
/// has ended is asked by its callers every time, too.
pub struct JwtAccessTokens {
    signer: HmacJwsSigner,
    verified: VerifiedTokens<AccessClaims>,
    issuer: String,
    audience: String,
}

impl JwtAccessTokens {
    /// Makes tokens that are signed with this key, by `issuer` for `audience`.
    pub fn new(
        key: &SecretText,
        issuer: impl Into<String>,
        audience: impl Into<String>,
    ) -> Result<Self, UnusableSigningKey> {
        let signer = HS256.signer_from_bytes(key.expose().as_bytes()).map_err(|_| UnusableSigningKey)?;
        Ok(Self { signer, verified: VerifiedTokens::new(), issuer: issuer.into(), audience: audience.into() })
    }

    /// The payload of a token that is signed by our key. Nothing of what it says is judged: neither times nor whom it
    /// is for.
    pub fn signed_payload(&self, token: &str) -> Option<Vec<u8>> {
        if token.len() > MAX_TOKEN {
            return None;
        }
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, body) = signed.split_once('.')?;
        if !is_hs256(header) || signature.len() != SIGNATURE {
            return None;
        }
        let presented = BASE64.decode(signature).ok()?;
        let expected = self.signer.sign(signed.as_bytes()).ok()?;
        // The library's own verifier compares byte by byte and stops at the first difference.
        if !bool::from(presented.ct_eq(&expected)) {
            return None;
        }
        BASE64.decode(body).ok()
    }

    /// Puts header, payload and signature together.
    fn sign(&self, payload: &[u8]) -> Result<SecretText, InvalidAccessToken> {
        let mut token = String::with_capacity(HEADER.len() + payload.len() * 4 / 3 + SIGNATURE + 6);
        token.push_str(HEADER);
        token.push('.');
        BASE64.encode_string(payload, &mut token);
        let signature = self.signer.sign(token.as_bytes()).map_err(|_| InvalidAccessToken)?;
        token.push('.');
        BASE64.encode_string(signature, &mut token);
        Ok(SecretText::new(token))
    }

    /// The claims as an object, to be joined by others.
    fn payload(&self, claims: &AccessClaims) -> Map<String, Value> {
        let whole = json!({
            "sub": claims.user.to_string(), "type": ACCESS, "iat": claims.issued_at.as_seconds(),
            "exp": claims.expires_at.as_seconds(), "version": claims.version,
            "jti": claims.session.to_string(), "iss": self.issuer, "aud": self.audience,
        });
        let mut whole = if let Value::Object(whole) = whole { whole } else { Map::new() };
        if let Some(email) = &claims.email {
            whole.insert("email".to_owned(), json!(email));
        }
        whole
    }

    /// What a token says that is signed by our key and meant for us, whatever the time.
    fn open(&self, token: &str) -> Option<AccessClaims> {
        let payload = self.signed_payload(token)?;
        self.read(serde_json::from_slice(&payload).ok()?)
    }

    /// What the claims say, if they are meant for us.
    fn read(&self, claims: Claims<'_>) -> Option<AccessClaims> {
        let ours = claims.iss.as_deref().is_none_or(|issuer| issuer == self.issuer)
            && claims.aud.as_deref().is_none_or(|audience| audience == self.audience);
        ours.then(|| claims.of_access_token())?
    }
}

impl AccessTokens for JwtAccessTokens {
    fn issue(&self, claims: &AccessClaims) -> Result<SecretText, InvalidAccessToken> {
        let claims = Claims::new(claims, &self.issuer, &self.audience);
        let payload = serde_json::to_vec(&claims).map_err(|_| InvalidAccessToken)?;
        self.sign(&payload)
    }

    fn verify(&self, token: &str, now: Timestamp) -> Result<AccessClaims, InvalidAccessToken> {
        if token.len() > MAX_TOKEN {
            return Err(InvalidAccessToken);
        }
        let name = VerifiedTokens::<AccessClaims>::name(token);
        let claims = match self.verified.get(&name) {
            Some(known) => known,
            None => self.verified.keep(name, self.open(token).ok_or(InvalidAccessToken)?),
        };
        if !is_current(claims.issued_at, claims.expires_at, now) {
            return Err(InvalidAccessToken);
        }
        Ok(AccessClaims::clone(&claims))
    }
}

impl fmt::Debug for JwtAccessTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwtAccessTokens")
            .field("issuer", &self.issuer)
            .field("audience", &self.audience)
            .finish_non_exhaustive()
    }
}

/// A header that is not spelled as ours. `crit` makes demands we do not know, so nothing with it is accepted.
#[derive(Deserialize)]
struct Header<'a> {
    #[serde(borrow)]
    alg: Cow<'a, str>,
    #[serde(borrow)]
    typ: Option<Cow<'a, str>>,
    crit: Option<serde::de::IgnoredAny>,
}

/// Whether a header names the one algorithm that is allowed. Keys a header offers are never looked at.
fn is_hs256(header: &str) -> bool {
    if header == HEADER {
        return true;
    }
    let Ok(json) = BASE64.decode(header) else { return false };
    serde_json::from_slice::<Header<'_>>(&json).is_ok_and(|header| {
        header.alg == "HS256"
            && header.typ.is_none_or(|typ| typ.eq_ignore_ascii_case("JWT"))
            && header.crit.is_none()
    })
}

/// Whether a token of these times may be shown now, give or take the leeway.
pub(crate) fn is_current(issued_at: Timestamp, expires_at: Timestamp, now: Timestamp) -> bool {
    now < expires_at.plus(LEEWAY) && issued_at <= now.plus(LEEWAY)
}

pub(crate) fn seconds(seconds: i64) -> Option<Timestamp> {
    Timestamp::from_micros(seconds.checked_mul(1_000_000)?)
}

#[cfg(test)]
mod tests;
