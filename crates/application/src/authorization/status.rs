//! Shows whether an instance is linked. Its secrets are opened to see whether they can be, and shown to nobody.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    connections::Connection,
    id::ConnectionId,
    identity::Scope,
    secret::SealError,
    time::Timestamp,
};

use super::{Authorization, AuthorizationError, TokenInfo, vault};
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
    /// Whether a key opens what is stored; true when nothing is.
    pub readable: bool,
    /// What is known of its tokens; `None` when it is not linked.
    pub tokens: Option<TokenInfo>,
    /// When the grant ends and the user has to link again, if the institution sets such a deadline.
    pub grant_expires_at: Option<Timestamp>,
}

impl Authorization {
    /// The link of the caller's instance. One that can no longer be read needs its owner from now on.
    pub async fn status(
        &self,
        call: &Call,
        request: GetAuthorizationStatus,
    ) -> Result<AuthorizationStatus, AuthorizationError> {
        let owner = authorize::<GetAuthorizationStatus>(call)?.user;
        let found = self.queries.connection(owner, request.connection).await?;
        let connection = found.ok_or(AuthorizationError::NotFound)?.connection;
        let sealed = self.queries.credentials(owner, request.connection).await?;
        let opened = sealed.as_ref().map_or(Ok(()), |sealed| vault::open(&*self.cipher, sealed).map(drop));
        let readable = opened != Err(SealError::Open);
        if let (false, Some(sealed)) = (readable, &sealed) {
            self.keeper.store_unreadable(call, &connection, sealed.revision).await?;
        }
        Ok(AuthorizationStatus {
            connection,
            readable,
            grant_expires_at: sealed.as_ref().and_then(|sealed| sealed.grant_expires_at),
            tokens: sealed.map(|sealed| TokenInfo::of(&sealed, call.now)),
        })
    }
}
