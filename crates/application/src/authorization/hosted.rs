//! What came of an authorization at pages of an institution's own.

use dashtam_domain::{
    call::Call,
    connections::{Connection, Credentials, HostedGrant, HostedLink, HostedOutcome, PendingAuthorization},
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
            Ok(HostedGrant { credentials, id }) => {
                let linked = self.link(call, pending.owner, connection.id, &credentials, id).await;
                if linked.is_err() {
                    self.give_back(link, &connection, current.as_ref(), &credentials).await;
                }
                linked.map(Some)
            }
            Err(error) => {
                self.note_failure(call, &connection, &error.to_string()).await?;
                Err(AuthorizationError::Exchange(error))
            }
        }
    }

    /// Asks the institution to forget a grant that could not be stored: nobody could use it any more, nor end it, and it may
    /// cost money as long as there is one. One that was only renewed stays, and so does one that was stored after all.
    async fn give_back(
        &self,
        link: &dyn HostedLink,
        connection: &Connection,
        before: Option<&Credentials>,
        granted: &Credentials,
    ) {
        let is_kept = |kept: &Credentials| kept.access_token.expose() == granted.access_token.expose();
        if before.is_some_and(is_kept) {
            return;
        }
        // Where the end of the unit of work was lost on its way, what was granted may be there.
        let stored = self.current(connection.owner, connection.id).await.ok().flatten();
        if stored.as_ref().is_some_and(is_kept) {
            return;
        }
        match link.revoke(granted).await {
            Ok(_) => {
                tracing::warn!(connection.id = %connection.id, "a grant that could not be stored was given back")
            }
            Err(error) => tracing::error!(
                connection.id = %connection.id, %error,
                "a grant could not be stored, and the institution did not take it back"
            ),
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
