//! Shows whether an instance is linked, without opening any secret.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    connections::Connection,
    id::ConnectionId,
    identity::Scope,
    time::Timestamp,
};

use super::{Authorization, AuthorizationError, TokenInfo};
use crate::request::{authorize, request};

/// Which instance.
#[derive(Debug)]
pub struct GetAuthorizationStatus {
    /// Its id.
    pub connection: ConnectionId,
}

request!(GetAuthorizationStatus, "authorization.status", Access::User(Needs::read(Scope::ConnectionsRead)));

/// Whether an instance is linked.
#[derive(Debug)]
pub struct AuthorizationStatus {
    /// The instance.
    pub connection: Connection,
    /// What is known of its tokens; `None` when it is not linked.
    pub tokens: Option<TokenInfo>,
    /// When the grant ends and the user has to link again, if the institution sets such a deadline.
    pub grant_expires_at: Option<Timestamp>,
}

impl Authorization {
    /// The link of the caller's instance.
    pub async fn status(
        &self,
        call: &Call,
        request: GetAuthorizationStatus,
    ) -> Result<AuthorizationStatus, AuthorizationError> {
        let owner = authorize::<GetAuthorizationStatus>(call)?.user;
        let found = self.queries.connection(owner, request.connection).await?;
        let connection = found.ok_or(AuthorizationError::NotFound)?.connection;
        let sealed = self.queries.credentials(owner, request.connection).await?;
        Ok(AuthorizationStatus {
            connection,
            grant_expires_at: sealed.as_ref().and_then(|sealed| sealed.grant_expires_at),
            tokens: sealed.map(|sealed| TokenInfo::of(&sealed, call.now)),
        })
    }
}
