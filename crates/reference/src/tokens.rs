//! Access tokens that the reference system signed.

use std::{borrow::Cow, fmt, sync::Arc};

use async_trait::async_trait;
use chrono::TimeDelta;
use dashtam_domain::{
    call::Principal,
    id::{SessionId, UserId},
    identity::{GuestTokens, IdentityQueries},
    store::StoreError,
    time::Timestamp,
};
use dashtam_security::JwtAccessTokens;
use serde::{Deserialize, de::IgnoredAny};
use uuid::Uuid;

/// No access token of the reference system lived longer.
const LIFETIME: TimeDelta = TimeDelta::minutes(60);
/// How far the clocks of two replicas may differ.
const LEEWAY: TimeDelta = TimeDelta::seconds(5);
/// The version every account and installation began with: what a token that names none has.
const FIRST_VERSION: i32 = 1;

/// [`GuestTokens`] of the reference system: by user, versions and the token's own end alone.
///
/// Its sessions were not taken over, so there is no row to look at. A token that names a session we know is judged by
/// that session alone, and not here.
pub struct ReferenceTokens {
    signed: Arc<JwtAccessTokens>,
    queries: Arc<dyn IdentityQueries>,
}

impl ReferenceTokens {
    /// Tokens under the key that `signed` checks, of users that `queries` knows.
    pub fn new(signed: Arc<JwtAccessTokens>, queries: Arc<dyn IdentityQueries>) -> Self {
        Self { signed, queries }
    }

    /// What a token says that is signed by the key, has neither issuer nor audience, and is good at this instant.
    fn read(&self, token: &str, now: Timestamp) -> Option<Claims> {
        let payload = self.signed.signed_payload(token)?;
        let payload: Payload<'_> = serde_json::from_slice(&payload).ok()?;
        let (issued_at, expires_at) = (seconds(payload.iat)?, seconds(payload.exp)?);
        let good = payload.kind == "access"
            && payload.iss.is_none()
            && payload.aud.is_none()
            && expires_at.since(issued_at) <= LIFETIME
            && now < expires_at.plus(LEEWAY)
            && issued_at <= now.plus(LEEWAY);
        good.then_some(())?;
        Some(Claims {
            user: payload.sub.parse().ok()?,
            session: payload.jti.map(|session| session.parse()).transpose().ok()?,
            version: payload.version.unwrap_or(FIRST_VERSION),
        })
    }
}

#[async_trait]
impl GuestTokens for ReferenceTokens {
    async fn holder(&self, token: &str, now: Timestamp) -> Result<Option<Principal>, StoreError> {
        let Some(claims) = self.read(token, now) else { return Ok(None) };
        if let Some(session) = claims.session
            && self.queries.session(session).await?.is_some()
        {
            return Ok(None);
        }
        let Some(user) = self.queries.user(claims.user).await? else { return Ok(None) };
        let floor = self.queries.security_config().await?.floor;
        // No session ended when the account was given up: the account itself says so.
        let closed = !user.is_usable(now) || user.deletion_due_at.is_some();
        if closed || claims.version < user.token_version || !floor.admits(FIRST_VERSION, now) {
            return Ok(None);
        }
        let session = claims.session.unwrap_or(SessionId(Uuid::nil()));
        // Nobody knows when its holder signed in: never lately.
        let long_ago = Timestamp::from_micros(0).unwrap_or(now);
        Ok(Some(Principal::of_user(&user, session, long_ago)))
    }
}

impl fmt::Debug for ReferenceTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReferenceTokens")
    }
}

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Claims {
    user: UserId,
    /// `jti`, if it names anything.
    session: Option<SessionId>,
    version: i32,
}

/// The payload. Types are strict: a number is no string, and a claim given twice is an error.
#[derive(Deserialize)]
struct Payload<'a> {
    #[serde(borrow)]
    sub: Cow<'a, str>,
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    iat: i64,
    exp: i64,
    version: Option<i32>,
    #[serde(borrow)]
    jti: Option<Cow<'a, str>>,
    iss: Option<IgnoredAny>,
    aud: Option<IgnoredAny>,
}

fn seconds(seconds: i64) -> Option<Timestamp> {
    Timestamp::from_micros(seconds.checked_mul(1_000_000)?)
}

#[cfg(test)]
mod tests;
