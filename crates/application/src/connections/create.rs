//! Makes a connection that waits to be linked.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    connections::{Alias, Connection, ConnectionOverview},
    id::ConnectionId,
    identity::{AuditAction, AuditLine},
    store::Admitted,
};
use serde_json::json;

use super::{ConnectionError, Connections};
use crate::{
    once::{self, Present},
    request::{authorize, request},
};

/// A connection wanted.
#[derive(Debug)]
pub struct CreateConnection {
    /// Key of the provider, as typed.
    pub provider_key: String,
    /// The user's name for it.
    pub alias: Alias,
}

request!(CreateConnection, "connections.create", Access::User(Needs::connection()));

impl Connections {
    /// Makes the instance, unless the user has one of this name, or as many as the account may have.
    #[tracing::instrument(name = "connections.create", skip_all)]
    pub async fn create(
        &self,
        call: &Call,
        request: CreateConnection,
        present: Present<ConnectionOverview>,
    ) -> Result<ConnectionOverview, ConnectionError> {
        let owner = authorize::<CreateConnection>(call)?.user;
        let provider = request.provider_key.parse().ok().and_then(|key| self.catalogue.get(&key));
        let Some(provider) = provider else {
            let keys: Vec<&str> = self.catalogue.descriptors().map(|d| d.key.as_str()).collect();
            return Err(ConnectionError::ProviderUnknown { available: keys.join(", ") });
        };
        let descriptor = provider.descriptor();
        if let Some(missing) = &descriptor.missing_configuration {
            return Err(ConnectionError::ProviderNotConfigured { missing: missing.clone() });
        }

        let id = ConnectionId(self.sources.ids.next());
        let mut connection = Connection::new(id, owner, descriptor.key.clone(), request.alias, call.now);
        connection.sync_frequency_minutes =
            provider.pace().frequency.nearest(connection.sync_frequency_minutes);
        let mut work = self.store.begin().await?;
        once::begin(call, &mut *work).await?;
        match work.connections().insert_within_limit(&connection).await? {
            Admitted::New => {}
            Admitted::Exists => return Err(ConnectionError::AliasTaken),
            Admitted::Full => return Err(ConnectionError::LimitReached),
        }
        let line = AuditLine::new(AuditAction::ProviderCreated, owner)
            .about(connection.id)
            .with(json!({"provider_key": connection.provider.as_str(), "alias": connection.alias.as_str()}));
        work.note(&self.sources, call, line).await?;
        let overview = ConnectionOverview { connection, latest_run: None, grant_expires_at: None };
        once::finish(call, &mut *work, &overview, present).await?;
        work.commit().await?;
        Ok(overview)
    }
}
