//! Refreshes an instance's credentials now.

use chrono::TimeDelta;
use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    connections::ConnectionState,
    id::ConnectionId,
    identity::Scope,
};

use super::{
    Authorization, AuthorizationError,
    keeper::{Need, Refreshed},
};
use crate::request::{authorize, request};

/// Asked for again within this time, the refresh of a moment ago is the answer.
const JUST_NOW: TimeDelta = TimeDelta::seconds(10);

/// Which instance.
#[derive(Debug)]
pub struct RefreshCredentials {
    /// Its id.
    pub connection: ConnectionId,
}

request!(RefreshCredentials, "authorization.refresh", Access::User(Needs::command(Scope::SyncRun)));

impl Authorization {
    /// Refreshes the credentials at the institution, and says what was done. However many ask at once, it is asked
    /// once; asked again a moment later, nothing is needed.
    #[tracing::instrument(name = "authorization.refresh", skip_all, fields(connection.id = %request.connection))]
    pub async fn refresh(
        &self,
        call: &Call,
        request: RefreshCredentials,
    ) -> Result<Refreshed, AuthorizationError> {
        let owner = authorize::<RefreshCredentials>(call)?.user;
        let found = self.queries.connection(owner, request.connection).await?;
        let connection = found.ok_or(AuthorizationError::NotFound)?.connection;
        if !connection.is_active {
            return Err(AuthorizationError::SwitchedOff);
        }
        if matches!(connection.state, ConnectionState::Pending | ConnectionState::Revoked) {
            return Err(AuthorizationError::NotConnected);
        }
        let provider = self.provider(&connection.provider)?;
        Ok(self.keeper.usable(call, &connection, provider, Need::UnlessWithin(JUST_NOW)).await?.refreshed)
    }
}
