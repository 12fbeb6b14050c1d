//! The functions on JWT that programs around Dashtam expect: making tokens with further claims, and looking into
//! tokens one question at a time. Requests are authenticated by [`AccessTokens`](dashtam_domain::identity::AccessTokens)
//! alone, which answers every refusal alike; these say why.

use std::{fmt, time::Duration};

use chrono::TimeDelta;
use dashtam_domain::{
    id::{SessionId, UserId},
    identity::AccessClaims,
    secret::SecretText,
    time::Timestamp,
};
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor},
};
use serde_json::{Map, Value, json};

use super::{ACCESS, JwtAccessTokens, LEEWAY, seconds};

/// Claims only this library writes.
const RESERVED: &[&str] =
    &["sub", "email", "type", "iat", "exp", "version", "jti", "iss", "aud", "nbf", "alg", "typ"];

/// What a token is for: its claim `type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenType {
    /// It is shown with requests.
    Access,
    /// For the next pair. Dashtam's own refresh tokens are opaque; other programs make such JWTs.
    Refresh,
}

impl TokenType {
    fn as_str(self) -> &'static str {
        match self {
            Self::Access => ACCESS,
            Self::Refresh => "refresh",
        }
    }
}

/// Why a token cannot be made or read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// A further claim has the name of one that is reserved.
    #[error("the claim {0} is reserved")]
    Reserved(String),
    /// Not a token, too long, of another algorithm or type, or not signed by this key.
    #[error("the token cannot be decoded: its form or its signature is wrong")]
    Undecodable,
    /// `exp` has passed.
    #[error("the token has expired")]
    Expired,
    /// `iat` lies in the future.
    #[error("the token was issued in the future")]
    Early,
    /// Made by or for somebody else.
    #[error("the token has another issuer or audience")]
    Foreign,
    /// The claim `type` is another one.
    #[error("the token has another type than expected")]
    WrongType,
    /// A claim is missing or malformed.
    #[error("the claim {0} is missing or malformed")]
    Claim(&'static str),
}

/// The claims of a token.
#[derive(Clone, PartialEq)]
pub struct TokenClaims(Map<String, Value>);

impl TokenClaims {
    /// The claim with this name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    fn time(&self, name: &'static str) -> Result<Timestamp, TokenError> {
        self.get(name).and_then(Value::as_i64).and_then(seconds).ok_or(TokenError::Claim(name))
    }

    fn text(&self, name: &'static str) -> Result<&str, TokenError> {
        self.get(name).and_then(Value::as_str).ok_or(TokenError::Claim(name))
    }
}

/// Claims are personal: only their names are shown.
impl fmt::Debug for TokenClaims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.keys()).finish()
    }
}

impl JwtAccessTokens {
    /// An access token with further claims, none of which may take the place of a reserved one.
    pub fn issue_with(
        &self,
        claims: &AccessClaims,
        further: &Map<String, Value>,
    ) -> Result<SecretText, TokenError> {
        if let Some(name) = further.keys().find(|name| RESERVED.contains(&name.as_str())) {
            return Err(TokenError::Reserved(name.clone()));
        }
        let mut payload = further.clone();
        payload.extend(self.payload(claims));
        self.encode(&payload)
    }

    /// A refresh token as a JWT: `sub`, `type`, `iat`, `exp`, `jti`.
    pub fn issue_refresh(
        &self,
        user: UserId,
        id: SessionId,
        now: Timestamp,
        lifetime: Duration,
    ) -> Result<SecretText, TokenError> {
        let lifetime = TimeDelta::from_std(lifetime).map_err(|_| TokenError::Claim("exp"))?;
        let payload = json!({
            "sub": user.to_string(), "type": TokenType::Refresh.as_str(), "iat": now.as_seconds(),
            "exp": now.plus(lifetime).as_seconds(), "jti": id.to_string(),
            "iss": self.issuer, "aud": self.audience,
        });
        let Value::Object(payload) = payload else { return Err(TokenError::Undecodable) };
        self.encode(&payload)
    }

    /// The claims of a token that is signed by this key, for us, and good at this instant, whatever its type.
    pub fn decode(&self, token: &str, now: Timestamp) -> Result<TokenClaims, TokenError> {
        let claims = self.signed(token)?;
        let same = |name: &str, ours: &str| claims.get(name).is_none_or(|value| value == ours);
        if !same("iss", &self.issuer) || !same("aud", &self.audience) {
            return Err(TokenError::Foreign);
        }
        if now >= claims.time("exp")?.plus(LEEWAY) {
            return Err(TokenError::Expired);
        }
        if claims.time("iat")? > now.plus(LEEWAY) {
            return Err(TokenError::Early);
        }
        Ok(claims)
    }

    /// Like [`decode`](Self::decode), for a token of this type.
    pub fn verify_type(
        &self,
        token: &str,
        kind: TokenType,
        now: Timestamp,
    ) -> Result<TokenClaims, TokenError> {
        let claims = self.decode(token, now)?;
        if claims.text("type")? == kind.as_str() { Ok(claims) } else { Err(TokenError::WrongType) }
    }

    /// The user that a token belongs to.
    pub fn user_id(&self, token: &str, now: Timestamp) -> Result<UserId, TokenError> {
        self.decode(token, now)?.text("sub")?.parse().map_err(|_| TokenError::Claim("sub"))
    }

    /// The id of a refresh token.
    pub fn token_id(&self, token: &str, now: Timestamp) -> Result<SessionId, TokenError> {
        let claims = self.verify_type(token, TokenType::Refresh, now)?;
        claims.text("jti")?.parse().map_err(|_| TokenError::Claim("jti"))
    }

    /// Whether a token is past its end; what cannot be read counts as such.
    pub fn is_expired(&self, token: &str, now: Timestamp) -> bool {
        self.decode(token, now).is_err()
    }

    /// When a token signed by this key ends or ended; `None` for any other text.
    pub fn expiration(&self, token: &str) -> Option<Timestamp> {
        self.signed(token).ok()?.time("exp").ok()
    }

    fn signed(&self, token: &str) -> Result<TokenClaims, TokenError> {
        let payload = self.signed_payload(token).ok_or(TokenError::Undecodable)?;
        let Unique(claims) = serde_json::from_slice(&payload).map_err(|_| TokenError::Undecodable)?;
        Ok(TokenClaims(claims))
    }

    fn encode(&self, payload: &Map<String, Value>) -> Result<SecretText, TokenError> {
        let payload = serde_json::to_vec(payload).map_err(|_| TokenError::Undecodable)?;
        let token = self.sign(&payload).map_err(|_| TokenError::Undecodable)?;
        // What would be refused on its way back is not handed out.
        if token.expose().len() > super::MAX_TOKEN { Err(TokenError::Undecodable) } else { Ok(token) }
    }
}

/// A JSON object in which no name comes twice: which of two values counts would be anybody's guess.
struct Unique(Map<String, Value>);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names;
        impl<'de> Visitor<'de> for Names {
            type Value = Unique;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Unique, A::Error> {
                let mut claims = Map::new();
                while let Some((name, value)) = entries.next_entry::<String, Value>()? {
                    if claims.insert(name, value).is_some() {
                        return Err(A::Error::custom("a name comes twice"));
                    }
                }
                Ok(Unique(claims))
            }
        }
        deserializer.deserialize_map(Names)
    }
}

#[cfg(test)]
#[path = "library_tests.rs"]
mod tests;
