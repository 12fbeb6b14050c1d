//! Gives a provider instance another name.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    connections::{Alias, ConnectionOverview},
    id::ConnectionId,
    store::Inserted,
};

use super::{ConnectionError, Connections};
use crate::request::{authorize, request};

/// A new name.
#[derive(Debug)]
pub struct RenameConnection {
    /// Of which instance.
    pub connection: ConnectionId,
    /// The name.
    pub alias: Alias,
}

request!(RenameConnection, "connections.rename", Access::User(Needs::connection()));

impl Connections {
    /// Renames the instance, unless the user has another one of this name.
    #[tracing::instrument(name = "connections.rename", skip_all, fields(connection.id = %request.connection))]
    pub async fn rename(
        &self,
        call: &Call,
        request: RenameConnection,
    ) -> Result<ConnectionOverview, ConnectionError> {
        let owner = authorize::<RenameConnection>(call)?.user;
        let shown = self.queries.connection(owner, request.connection).await?;
        let shown = shown.ok_or(ConnectionError::NotFound)?;

        let mut work = self.store.begin().await?;
        let found = work.connections().find(owner, request.connection).await?;
        let mut connection = found.ok_or(ConnectionError::NotFound)?;
        connection.rename(request.alias, call.now);
        if work.connections().update(&mut connection).await? == Inserted::Exists {
            return Err(ConnectionError::AliasTaken);
        }
        work.commit().await?;
        Ok(ConnectionOverview { connection, ..shown })
    }
}
