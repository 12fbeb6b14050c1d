//! What came of an authorization at pages of an institution's own.

use dashtam_domain::{
    call::Call,
    connections::{HostedOutcome, PendingAuthorization},
    secret::SecretHash,
};

use super::{Authorization, AuthorizationError, Linked};

impl Authorization {
    /// Asks the institution, and links the connection if the user has come to an end there. `None` while that is under
    /// way. Of several who ask at once one goes on: what an institution grants is good once.
    pub(super) async fn settle(
        &self,
        call: &Call,
        pending: &PendingAuthorization,
    ) -> Result<Option<Linked>, AuthorizationError> {
        let found = self.queries.connection(pending.owner, pending.connection).await?;
        let connection = found.ok_or(AuthorizationError::NotFound)?.connection;
        let link = self.hosted_link(&connection.provider)?;
        let key = self.opened(pending)?;
        let grant = match link.outcome(&key).await.map_err(AuthorizationError::Outcome)? {
            HostedOutcome::UnderWay => return Ok(None),
            HostedOutcome::NotGranted => {
                self.use_up(call, &pending.state).await?;
                return Err(AuthorizationError::NotGranted);
            }
            HostedOutcome::Granted(grant) => grant,
        };
        if !self.use_up(call, &pending.state).await? {
            return Ok(None);
        }
        let current = self.current(pending.owner, connection.id).await?;
        match link.exchange(&grant, current.as_ref(), call.now).await {
            Ok(credentials) => self.link(call, pending.owner, connection.id, &credentials).await.map(Some),
            Err(error) => {
                self.note_failure(call, &connection, &error.to_string()).await?;
                Err(AuthorizationError::Exchange(error))
            }
        }
    }

    /// Uses an authorization up; whether it was still there.
    async fn use_up(&self, call: &Call, state: &SecretHash) -> Result<bool, AuthorizationError> {
        let mut work = self.store.begin().await?;
        let was_there = work.authorizations().redeem(state, call.now).await?.is_some();
        work.commit().await?;
        Ok(was_there)
    }
}
