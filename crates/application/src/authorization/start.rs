//! Begins an authorization: makes the address the user's browser is sent to.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    connections::{Alias, AuthorizationRequest, PendingAuthorization},
    id::ConnectionId,
    identity::{AuditAction, AuditLine},
    secret::{OpaqueSecret, SecretKind, SecretText},
};
use serde_json::json;
use url::Url;

use super::{Authorization, AuthorizationError, vault};
use crate::request::{authorize, request};

/// Which instance.
#[derive(Debug)]
pub struct StartAuthorization {
    /// Its id.
    pub connection: ConnectionId,
}

request!(StartAuthorization, "authorization.start", Access::User(Needs::connection()));

/// An authorization under way.
#[derive(Debug)]
pub struct Started {
    /// Where to send the browser.
    pub url: Url,
    /// The `state` in it.
    pub state: OpaqueSecret,
    /// The user's name for the connection.
    pub alias: Alias,
}

impl Authorization {
    /// Begins an authorization. An earlier one of the same instance that was not completed stops working.
    #[tracing::instrument(name = "authorization.start", skip_all, fields(connection.id = %request.connection))]
    pub async fn start(
        &self,
        call: &Call,
        request: StartAuthorization,
    ) -> Result<Started, AuthorizationError> {
        let owner = authorize::<StartAuthorization>(call)?.user;
        let found = self.queries.connection(owner, request.connection).await?;
        let connection = found.ok_or(AuthorizationError::NotFound)?.connection;
        let link = self.oauth_link(&connection.provider)?;

        let state =
            OpaqueSecret::from_bytes(SecretKind::AuthorizationState, &self.sources.randomness.bytes());
        let verifier = OpaqueSecret::from_bytes(SecretKind::PkceVerifier, &self.sources.randomness.bytes());
        let verifier = SecretText::new(verifier.expose());
        let request =
            AuthorizationRequest { state: SecretText::new(state.expose()), verifier: verifier.clone() };
        let url = link.authorization_url(&request).map_err(AuthorizationError::Exchange)?;
        let id = self.sources.ids.next();
        let pending = PendingAuthorization {
            id,
            state: state.hash(),
            owner,
            connection: connection.id,
            verifier: self.cipher.seal(&verifier, vault::verifier_place(id))?,
            created_at: call.now,
            expires_at: call.now.plus(self.lifetime),
        };

        let mut work = self.store.begin().await?;
        work.authorizations().replace(&pending).await?;
        let line = AuditLine::new(AuditAction::ConnectionInitiated, owner)
            .about(connection.id)
            .with(json!({"provider_key": connection.provider.as_str(), "alias": connection.alias.as_str()}));
        work.note(&self.sources, call, line).await?;
        work.commit().await?;
        Ok(Started { url, state, alias: connection.alias })
    }
}
