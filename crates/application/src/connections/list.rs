//! Lists connections.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    connections::ConnectionOverview,
    id::ConnectionId,
    identity::Scope,
    page::{Limit, Page},
};

use super::{ConnectionError, Connections};
use crate::request::{authorize, request};

/// Which page.
#[derive(Debug)]
pub struct ListConnections {
    /// After this instance.
    pub after: Option<ConnectionId>,
    /// The most entries a page may have.
    pub limit: Limit,
}

request!(ListConnections, "connections.list", Access::User(Needs::read(Scope::ConnectionsRead)));

impl Connections {
    /// The caller's instances, oldest first.
    pub async fn list(
        &self,
        call: &Call,
        request: ListConnections,
    ) -> Result<Page<ConnectionOverview, ConnectionId>, ConnectionError> {
        let owner = authorize::<ListConnections>(call)?.user;
        Ok(self.queries.connections(owner, request.after, request.limit).await?)
    }
}
