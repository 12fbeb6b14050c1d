//! Takes the institution's callback: proves by `state` who began it, and exchanges the code for credentials.

use dashtam_domain::{
    access::{Access, AccessDenied},
    call::Call,
    connections::{
        Alias, AuthorizationGrant, Connection, Credentials, GrantId, Linking, PendingAuthorization,
        SealedCredentials,
    },
    id::{ConnectionId, UserId},
    identity::{AuditAction, AuditLine},
    secret::{OpaqueSecret, SealError, SecretKind, SecretText},
    store::Inserted,
    time::Timestamp,
};
use serde_json::json;

use super::{Authorization, AuthorizationError, vault};
use crate::request::request;

/// What came back with the browser.
#[derive(Debug, Default)]
pub struct CompleteAuthorization {
    /// For this instance only, when the callback's address names one.
    pub connection: Option<ConnectionId>,
    /// The `state` parameter.
    pub state: Option<SecretText>,
    /// The `code` parameter.
    pub code: Option<SecretText>,
    /// Whether there was an `error` parameter.
    pub refused: bool,
}

request!(CompleteAuthorization, "authorization.complete", Access::Public);

/// An instance that is linked now.
#[derive(Debug)]
pub struct Linked {
    /// The connection it is about.
    pub connection: ConnectionId,
    /// The user's name for it.
    pub alias: Alias,
    /// When the access token ends.
    pub expires_at: Option<Timestamp>,
    /// What was granted.
    pub scope: Option<String>,
}

impl Authorization {
    /// Completes an authorization. The `state` works once, whatever comes of the exchange; a callback without a
    /// matching one is refused and changes nothing.
    #[tracing::instrument(name = "authorization.complete", skip_all)]
    pub async fn complete(
        &self,
        call: &Call,
        request: CompleteAuthorization,
    ) -> Result<Linked, AuthorizationError> {
        if let Some(pending) = self.hosted(call, &request).await? {
            self.may_link(call, pending.owner).await?;
            return self.settle(call, &pending).await?.ok_or(AuthorizationError::NotFinished);
        }
        let pending = self.redeem(call, &request).await?;
        if request.refused {
            return Err(AuthorizationError::NotGranted);
        }
        let code = request.code.ok_or(AuthorizationError::MissingCode)?;
        self.may_link(call, pending.owner).await?;
        let found = self.queries.connection(pending.owner, pending.connection).await?;
        let connection = found.ok_or(AuthorizationError::NotFound)?.connection;
        let link = self.oauth_link(&connection.provider)?;
        let verifier = self.opened(&pending)?;
        match link.exchange(&AuthorizationGrant { code, verifier }, call.now).await {
            Ok(credentials) => self.link(call, pending.owner, pending.connection, &credentials, None).await,
            Err(error) => {
                self.note_failure(call, &connection, &error.to_string()).await?;
                Err(AuthorizationError::Exchange(error))
            }
        }
    }

    /// What was begun at an institution's own pages and is under way, if that is what the state is of. Nothing but the
    /// state comes back from there, and it stays good until the institution says how it ended.
    async fn hosted(
        &self,
        call: &Call,
        request: &CompleteAuthorization,
    ) -> Result<Option<PendingAuthorization>, AuthorizationError> {
        if request.refused || request.code.is_some() || !self.catalogue.has_hosted() {
            return Ok(None);
        }
        let state = state_of(request)?;
        let mut work = self.store.begin().await?;
        let pending = work.authorizations().find(&state.hash(), call.now).await?;
        work.roll_back().await;
        let pending = pending.ok_or(AuthorizationError::InvalidState)?;
        if request.connection.is_some_and(|expected| expected != pending.connection) {
            return Err(AuthorizationError::InvalidState);
        }
        let found = self.queries.connection(pending.owner, pending.connection).await?;
        let connection = found.ok_or(AuthorizationError::NotFound)?.connection;
        let hosted = matches!(self.provider(&connection.provider)?.linking(), Linking::Hosted(_));
        Ok(hosted.then_some(pending))
    }

    /// What only we know of an authorization under way.
    pub(super) fn opened(&self, pending: &PendingAuthorization) -> Result<SecretText, AuthorizationError> {
        match self.cipher.open(&pending.verifier, vault::verifier_place(pending.id)) {
            // Begun under a key that is lost since: as good as one that was never begun.
            Err(SealError::Open) => {
                let connection = pending.connection;
                tracing::error!(connection.id = %connection, "no key opens the verifier of an authorization");
                Err(AuthorizationError::InvalidState)
            }
            other => Ok(other?),
        }
    }

    /// Who began it may have been kept from it since; nobody is signed in here.
    async fn may_link(&self, call: &Call, owner: UserId) -> Result<(), AuthorizationError> {
        let owner = self.identity.user(owner).await?.ok_or(AuthorizationError::NotFound)?;
        let denied = match () {
            () if !owner.is_usable(call.now) => AccessDenied::Forbidden,
            () if owner.flags.read_only => AccessDenied::ReadOnly,
            () if owner.flags.device_read_only => AccessDenied::ConnectionsReadOnly,
            () => return Ok(()),
        };
        Err(denied.into())
    }

    /// Uses up the state. With a missing or foreign one, nothing is changed.
    async fn redeem(
        &self,
        call: &Call,
        request: &CompleteAuthorization,
    ) -> Result<PendingAuthorization, AuthorizationError> {
        let state = state_of(request)?;
        if !request.refused && request.code.is_none() {
            return Err(AuthorizationError::MissingCode);
        }
        let mut work = self.store.begin().await?;
        let pending = work.authorizations().redeem(&state.hash(), call.now).await?;
        let pending = pending.ok_or(AuthorizationError::InvalidState)?;
        if request.connection.is_some_and(|expected| expected != pending.connection) {
            // Dropped without a commit: the state stays good for its own instance.
            return Err(AuthorizationError::InvalidState);
        }
        work.commit().await?;
        Ok(pending)
    }

    /// Stores the credentials of a connection that is linked now, for the first time or anew, and what the institution calls
    /// the grant in messages of its own: every id stays.
    pub(super) async fn link(
        &self,
        call: &Call,
        owner: UserId,
        connection: ConnectionId,
        fresh: &Credentials,
        grant: Option<GrantId>,
    ) -> Result<Linked, AuthorizationError> {
        let mut work = self.store.begin().await?;
        let found = work.connections().find(owner, connection).await?;
        let mut connection = found.ok_or(AuthorizationError::NotFound)?;
        let previous = work.credentials().find(connection.id).await?;
        let action = if previous.is_some() { AuditAction::TokenUpdated } else { AuditAction::TokenCreated };
        if !previous.as_ref().is_some_and(|previous| self.is_renewed(previous, fresh)) {
            // Another grant has another list of changes.
            connection.cursor = None;
        }
        connection.grant = grant;
        let mut sealed = vault::seal(&*self.cipher, fresh, connection.id, owner, previous, call.now)?;
        // A new grant has its own end, or none.
        sealed.grant_expires_at = fresh.grant_expires_at;
        work.credentials().put(&mut sealed).await?;
        connection.linked(call.now);
        if work.connections().update(&mut connection).await? == Inserted::Exists {
            return Err(AuthorizationError::NotFound);
        }
        let details = json!({
            "provider_key": connection.provider.as_str(),
            "alias": connection.alias.as_str(),
            "has_refresh_token": sealed.refresh_token.is_some(),
            "expires_in": fresh.expires_at.map(|end| end.since(call.now).num_seconds()),
            "scope": fresh.scope,
        });
        let line = AuditLine::new(action, owner).about(connection.id).with(details);
        work.note(&self.sources, call, line).await?;
        work.commit().await?;
        Ok(Linked {
            connection: connection.id,
            alias: connection.alias,
            expires_at: sealed.expires_at,
            scope: sealed.scope,
        })
    }

    /// Whether these are the credentials that there were: the institution renewed the grant behind them.
    fn is_renewed(&self, previous: &SealedCredentials, fresh: &Credentials) -> bool {
        let opened = vault::open(&*self.cipher, previous);
        opened.is_ok_and(|previous| previous.access_token.expose() == fresh.access_token.expose())
    }

    /// Remembers an exchange that failed; a working link of the instance stays as it is.
    pub(super) async fn note_failure(
        &self,
        call: &Call,
        connection: &Connection,
        said: &str,
    ) -> Result<(), AuthorizationError> {
        let mut work = self.store.begin().await?;
        let line =
            AuditLine::new(AuditAction::ConnectionError, connection.owner).about(connection.id).with(json!({
                "provider_key": connection.provider.as_str(),
                "alias": connection.alias.as_str(),
                "error": said,
            }));
        work.note(&self.sources, call, line).await?;
        Ok(work.commit().await?)
    }
}

/// The state that came back, if it can be one.
fn state_of(request: &CompleteAuthorization) -> Result<OpaqueSecret, AuthorizationError> {
    let state = request.state.as_ref().ok_or(AuthorizationError::InvalidState)?;
    OpaqueSecret::parse(SecretKind::AuthorizationState, state.expose())
        .ok_or(AuthorizationError::InvalidState)
}
