//! Gives a connection up: the credentials go, the instance with its data and its audit trail stays.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::ConnectionId,
    identity::AuditAction,
};
use serde_json::json;

use super::{Authorization, AuthorizationError, keeper::line_about, vault};
use crate::request::{authorize, request};

/// Which instance.
#[derive(Debug)]
pub struct Disconnect {
    /// Its id.
    pub connection: ConnectionId,
}

request!(
    Disconnect,
    "authorization.disconnect",
    Access::User(Needs { commands: true, ..Needs::connection() })
);

impl Authorization {
    /// Deletes the credentials, then asks the institution to forget the grant. Doing it twice is no error.
    #[tracing::instrument(name = "authorization.disconnect", skip_all, fields(connection.id = %request.connection))]
    pub async fn disconnect(&self, call: &Call, request: Disconnect) -> Result<(), AuthorizationError> {
        let owner = authorize::<Disconnect>(call)?.user;

        let mut work = self.store.begin().await?;
        let found = work.connections().find(owner, request.connection).await?;
        let mut connection = found.ok_or(AuthorizationError::NotFound)?;
        let Some(sealed) = work.credentials().find(connection.id).await? else { return Ok(()) };
        work.credentials().delete(connection.id).await?;
        connection.disconnected(call.now);
        work.connections().update(&mut connection).await?;
        let line = line_about(&connection, AuditAction::ConnectionRevoked, json!({}));
        work.note(&self.sources, call, line).await?;
        work.commit().await?;

        if let Some(provider) = self.catalogue.get(&connection.provider) {
            vault::revoke(&*self.cipher, &sealed, &**provider).await;
        }
        Ok(())
    }
}
