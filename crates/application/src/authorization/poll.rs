//! Asks what came of an authorization that goes on at an institution's own pages.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    id::ConnectionId,
};

use super::{Authorization, AuthorizationError, Linked};
use crate::request::{authorize, request};

/// Which instance.
#[derive(Debug)]
pub struct PollAuthorization {
    /// Its id.
    pub connection: ConnectionId,
}

request!(PollAuthorization, "authorization.poll", Access::User(Needs::connection()));

/// What came of it.
#[derive(Debug)]
pub enum Polled {
    /// The user has not come to an end at the institution.
    UnderWay,
    /// The instance is linked now.
    Linked(Linked),
}

impl Authorization {
    /// Completes the authorization of the caller's instance if the user has finished at the institution. Nothing has to
    /// come back from there for it. What was refused there is used up.
    #[tracing::instrument(name = "authorization.poll", skip_all, fields(connection.id = %request.connection))]
    pub async fn poll(&self, call: &Call, request: PollAuthorization) -> Result<Polled, AuthorizationError> {
        let owner = authorize::<PollAuthorization>(call)?.user;
        let found = self.queries.connection(owner, request.connection).await?;
        let connection = found.ok_or(AuthorizationError::NotFound)?.connection;
        self.hosted_link(&connection.provider)?;
        let mut work = self.store.begin().await?;
        let pending = work.authorizations().of_connection(owner, connection.id, call.now).await?;
        work.roll_back().await;
        let pending = pending.ok_or(AuthorizationError::NotUnderWay)?;
        let settled = self.settle(call, &pending).await?;
        Ok(settled.map_or(Polled::UnderWay, Polled::Linked))
    }
}
