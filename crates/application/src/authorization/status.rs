//! Shows whether an instance is linked, without opening any secret.

use dashtam_domain::{
    access::{Access, Effect},
    call::Call,
    connections::{Connection, SealedCredentials},
    id::ConnectionId,
};

use super::{Authorization, AuthorizationError};
use crate::request::{authorize, request};

/// Which instance.
#[derive(Debug)]
pub struct GetAuthorizationStatus {
    /// Its id.
    pub connection: ConnectionId,
}

request!(GetAuthorizationStatus, "authorization.status", Access::User(Effect::Read));

/// Whether an instance is linked.
#[derive(Debug)]
pub struct AuthorizationStatus {
    /// The instance.
    pub connection: Connection,
    /// Its credentials, sealed; `None` when it is not linked.
    pub credentials: Option<SealedCredentials>,
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
        let credentials = self.queries.credentials(owner, request.connection).await?;
        Ok(AuthorizationStatus { connection, credentials })
    }
}
