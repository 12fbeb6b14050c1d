//! Begins an authorization: makes the address the user's browser is sent to.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    connections::{
        Alias, AuthorizationRequest, HostedRequest, Linking, OAuthLink, PendingAuthorization, ProviderError,
    },
    id::ConnectionId,
    identity::{AuditAction, AuditLine},
    secret::{OpaqueSecret, SecretKind, SecretText},
    time::Timestamp,
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

/// What was begun at an institution.
struct Begun {
    url: Url,
    /// What only we know of it.
    kept: SecretText,
    /// The last instant at which it can be completed.
    expires_at: Timestamp,
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
        let linking = self.provider(&connection.provider)?.linking();
        if matches!(linking, Linking::Secret(_)) {
            return Err(AuthorizationError::WrongLink);
        }
        let state =
            OpaqueSecret::from_bytes(SecretKind::AuthorizationState, &self.sources.randomness.bytes());
        let Begun { url, kept, expires_at } = match linking {
            Linking::OAuth(link) => {
                self.begin_oauth(call, link, &state).await.map_err(AuthorizationError::Begin)?
            }
            Linking::Hosted(link) => {
                let current = self.current(owner, connection.id).await?;
                let state = SecretText::new(state.expose());
                let request = HostedRequest { state, connection: connection.id, current };
                let session = link.begin(&request, call.now).await.map_err(AuthorizationError::Begin)?;
                Begun { url: session.url, kept: session.key, expires_at: session.expires_at }
            }
            _ => return Err(AuthorizationError::WrongLink),
        };
        let id = self.sources.ids.next();
        let pending = PendingAuthorization {
            id,
            state: state.hash(),
            owner,
            connection: connection.id,
            verifier: self.cipher.seal(&kept, vault::verifier_place(id))?,
            created_at: call.now,
            expires_at,
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

    async fn begin_oauth(
        &self,
        call: &Call,
        link: &dyn OAuthLink,
        state: &OpaqueSecret,
    ) -> Result<Begun, ProviderError> {
        let verifier = OpaqueSecret::from_bytes(SecretKind::PkceVerifier, &self.sources.randomness.bytes());
        let kept = SecretText::new(verifier.expose());
        let request = AuthorizationRequest { state: SecretText::new(state.expose()), verifier: kept.clone() };
        let url = link.authorization_url(&request, call.now).await?;
        Ok(Begun { url, kept, expires_at: call.now.plus(self.lifetime) })
    }
}
