//! Shows one connection.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    connections::ConnectionOverview,
    id::ConnectionId,
    identity::Scope,
};

use super::{ConnectionError, Connections};
use crate::request::{authorize, request};

/// Which instance.
#[derive(Debug)]
pub struct GetConnection {
    /// Its id.
    pub connection: ConnectionId,
}

request!(GetConnection, "connections.get", Access::User(Needs::read(Scope::ConnectionsRead)));

impl Connections {
    /// The caller's instance with its newest sync run.
    pub async fn get(
        &self,
        call: &Call,
        request: GetConnection,
    ) -> Result<ConnectionOverview, ConnectionError> {
        let owner = authorize::<GetConnection>(call)?.user;
        self.queries.connection(owner, request.connection).await?.ok_or(ConnectionError::NotFound)
    }
}
