//! Access tokens: what they say, who signs them, and tokens of another issuer.

use async_trait::async_trait;

use crate::{
    call::Principal,
    id::{SessionId, UserId},
    secret::SecretText,
    store::StoreError,
    time::Timestamp,
};

/// What an access token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessClaims {
    /// `sub`.
    pub user: UserId,
    /// `jti`.
    pub session: SessionId,
    /// `email`; absent in tokens made without it.
    pub email: Option<String>,
    /// `version`: the user's token version at issue.
    pub version: i32,
    /// `iat`, whole seconds.
    pub issued_at: Timestamp,
    /// `exp`, whole seconds.
    pub expires_at: Timestamp,
}

/// An access token that is not accepted. One variant: callers may not learn why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the access token is not valid")]
pub struct InvalidAccessToken;

/// Signs and checks access tokens (JWT).
#[cfg_attr(feature = "mocks", mockall::automock)]
pub trait AccessTokens: Send + Sync {
    /// Signs the claims.
    fn issue(&self, claims: &AccessClaims) -> Result<SecretText, InvalidAccessToken>;
    /// Checks signature, algorithm, type, issuer, audience and times, and reads the claims.
    fn verify(&self, token: &str, now: Timestamp) -> Result<AccessClaims, InvalidAccessToken>;
}

/// Bearer tokens that no session stands behind: another issuer's, which whoever embeds Dashtam chooses to accept.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait GuestTokens: Send + Sync {
    /// Who may act by this token at this instant; `None` when nobody may. It is asked about whatever is neither an
    /// API key nor an access token of a session that is good.
    async fn holder(&self, token: &str, now: Timestamp) -> Result<Option<Principal>, StoreError>;
}
