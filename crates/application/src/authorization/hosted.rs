//! What came of an authorization at pages of an institution's own.

use std::collections::{BTreeMap, HashSet};

use dashtam_domain::{
    call::Call,
    connections::{
        Connection, ConnectionState, Credentials, GrantedAccount, HostedGrant, HostedLink, HostedOutcome,
        PendingAuthorization,
    },
    id::ConnectionId,
    page::Limit,
    secret::{SecretHash, SecretText},
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
        if let Some(other) = self.linked_already(&connection, link, &key).await? {
            self.use_up(call, &pending.state).await?;
            return Err(AuthorizationError::LinkedAlready(other.alias.as_str().to_owned()));
        }
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

    /// The owner's other instance that is linked to all accounts which are granted, if there is one: a second grant would tell every
    /// row twice, and may cost money. One that was given up is none.
    async fn linked_already(
        &self,
        connection: &Connection,
        link: &dyn HostedLink,
        key: &SecretText,
    ) -> Result<Option<Connection>, AuthorizationError> {
        let shown = link.shows(key).await.map_err(AuthorizationError::Outcome)?;
        if shown.is_empty() {
            return Ok(None);
        }
        let mut known: BTreeMap<ConnectionId, HashSet<GrantedAccount>> = BTreeMap::new();
        let mut after = None;
        loop {
            let limit = Limit::new(Limit::MAX).unwrap_or_default();
            let page = self.ledger.accounts(connection.owner, None, after, limit).await?;
            for account in page.items.into_iter().filter(|account| account.is_active) {
                let Some(of) = account.source.connection().filter(|of| *of != connection.id) else {
                    continue;
                };
                let (name, institution) = (account.name, account.institution);
                let named = institution.zip(account.mask);
                let named = named.map(|(institution, mask)| GrantedAccount { institution, name, mask });
                known.entry(of).or_default().extend(named);
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let has_all = |accounts: &HashSet<GrantedAccount>| shown.iter().all(|shown| accounts.contains(shown));
        for other in known.into_iter().filter(|(_, accounts)| has_all(accounts)).map(|(id, _)| id) {
            let found = self.queries.connection(connection.owner, other).await?;
            let found = found.map(|found| found.connection).filter(|found| {
                let is_linked = !matches!(found.state, ConnectionState::Pending | ConnectionState::Revoked);
                is_linked && found.provider == connection.provider
            });
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
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
        match self.current(connection.owner, connection.id).await {
            Ok(stored) if stored.as_ref().is_some_and(is_kept) => return,
            Ok(_) => {}
            Err(error) => {
                let connection = connection.id;
                tracing::error!(connection.id = %connection, %error, "whether a grant was stored is not known");
                return;
            }
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
