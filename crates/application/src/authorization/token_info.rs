//! What is known of a connection's tokens without opening any of them.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    connections::SealedCredentials,
    id::ConnectionId,
    identity::Scope,
    time::Timestamp,
};

use super::{Authorization, AuthorizationError};
use crate::request::{authorize, request};

/// The connection whose tokens are asked about.
#[derive(Debug)]
pub struct GetTokenInfo {
    /// Its id.
    pub connection: ConnectionId,
}

request!(GetTokenInfo, "authorization.token_info", Access::User(Needs::read(Scope::ConnectionsRead)));

/// What is known of stored tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenInfo {
    /// Always true: there is none without one.
    pub has_access_token: bool,
    /// Whether the institution gave a refresh token.
    pub has_refresh_token: bool,
    /// Whether it gave an OpenID Connect token.
    pub has_id_token: bool,
    /// When the access token ends; `None` when it does not.
    pub expires_at: Option<Timestamp>,
    /// Whether it has ended.
    pub is_expired: bool,
    /// Whether it ends within five minutes, or has ended.
    pub is_expiring_soon: bool,
    /// Whether it is refreshed before its next use, if it can be.
    pub needs_refresh: bool,
    /// Refreshes since the link.
    pub refresh_count: i32,
    /// The last of them.
    pub last_refreshed_at: Option<Timestamp>,
    /// What was granted.
    pub scope: Option<String>,
}

impl TokenInfo {
    pub(super) fn of(sealed: &SealedCredentials, now: Timestamp) -> Self {
        Self {
            has_access_token: true,
            has_refresh_token: sealed.refresh_token.is_some(),
            has_id_token: sealed.id_token.is_some(),
            expires_at: sealed.expires_at,
            is_expired: sealed.is_expired(now),
            is_expiring_soon: sealed.is_expiring_soon(now),
            needs_refresh: sealed.needs_refresh(now),
            refresh_count: sealed.refresh_count,
            last_refreshed_at: sealed.last_refreshed_at,
            scope: sealed.scope.clone(),
        }
    }
}

impl Authorization {
    /// The tokens of the caller's instance; `None` when it is not linked.
    pub async fn token_info(
        &self,
        call: &Call,
        request: GetTokenInfo,
    ) -> Result<Option<TokenInfo>, AuthorizationError> {
        let owner = authorize::<GetTokenInfo>(call)?.user;
        if let Some(sealed) = self.queries.credentials(owner, request.connection).await? {
            return Ok(Some(TokenInfo::of(&sealed, call.now)));
        }
        let found = self.queries.connection(owner, request.connection).await?;
        found.map(|_| None).ok_or(AuthorizationError::NotFound)
    }
}
