//! Changes a connection: its name, what its owner noted of it, how often it is synchronised, and whether it is
//! switched on.

use dashtam_domain::{
    access::{Access, Needs},
    call::Call,
    connections::{Alias, Connection, ConnectionOverview, Jitter, SyncFailure, SyncPace},
    id::ConnectionId,
    identity::{AuditAction, AuditLine},
    store::{Inserted, UnitOfWork},
};
use serde_json::{Map, Value, json};

use super::{ConnectionError, Connections};
use crate::{
    live::tell_failed_sync,
    request::{authorize, request},
};

/// What a synchronisation says that was stopped.
const SWITCHED_OFF: &str = "The provider instance was switched off.";

/// What shall be different.
#[derive(Debug)]
pub struct UpdateConnection {
    /// The connection it is about.
    pub connection: ConnectionId,
    /// What is to be changed.
    pub change: ConnectionChange,
}

/// What shall be different; `None` leaves a thing as it is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ConnectionChange {
    /// Another name.
    pub alias: Option<Alias>,
    /// A JSON Merge Patch (RFC 7396) for the metadata; `Some(None)` removes all of it.
    pub metadata: Option<Option<Map<String, Value>>>,
    /// Switched on or off.
    pub is_active: Option<bool>,
    /// Minutes between synchronisations.
    pub sync_frequency_minutes: Option<i32>,
}

request!(UpdateConnection, "connections.update", Access::User(Needs::connection()));

impl Connections {
    /// Changes what is given. Whoever switches the instance off stops a synchronisation that waits or is under way: it
    /// stores nothing more. A name of another instance, or a frequency the institution does not take, changes nothing.
    #[tracing::instrument(name = "connections.update", skip_all, fields(connection.id = %request.connection))]
    pub async fn update(
        &self,
        call: &Call,
        request: UpdateConnection,
    ) -> Result<ConnectionOverview, ConnectionError> {
        let owner = authorize::<UpdateConnection>(call)?.user;
        let UpdateConnection { connection: id, change } = request;
        let shown = self.queries.connection(owner, id).await?;
        let shown = shown.ok_or(ConnectionError::NotFound)?;

        let mut work = self.store.begin().await?;
        let found = work.connections().find(owner, id).await?;
        let before = found.ok_or(ConnectionError::NotFound)?;
        let mut connection = before.clone();
        self.apply(&mut connection, change, call)?;
        let changed = differences(&before, &connection);
        if changed.is_empty() {
            return Ok(ConnectionOverview { connection: before, ..shown });
        }
        if work.connections().update(&mut connection).await? == Inserted::Exists {
            return Err(ConnectionError::AliasTaken);
        }
        let stopped =
            before.is_active && !connection.is_active && self.stop(&mut *work, &connection, call).await?;
        let line = AuditLine::new(AuditAction::ProviderUpdated, owner).about(id).with(json!({
            "provider_key": connection.provider.as_str(), "alias": connection.alias.as_str(),
            "changed": changed, "is_active": connection.is_active, "sync_stopped": stopped,
        }));
        work.note(&self.sources, call, line).await?;
        work.commit().await?;
        // What it shows of a run that was stopped is no longer so.
        let shown = if stopped { self.queries.connection(owner, id).await?.unwrap_or(shown) } else { shown };
        Ok(ConnectionOverview { connection, ..shown })
    }

    /// Ends a synchronisation that waits or is under way; whether there was one.
    async fn stop(
        &self,
        work: &mut dyn UnitOfWork,
        connection: &Connection,
        call: &Call,
    ) -> Result<bool, ConnectionError> {
        let (owner, id, why) = (connection.owner, connection.id, SyncFailure::SwitchedOff);
        let Some(run) = work.sync_runs().stop(owner, id, why, SWITCHED_OFF, call.now).await? else {
            return Ok(false);
        };
        tell_failed_sync(work, &run, call.now).await?;
        Ok(true)
    }

    fn apply(
        &self,
        connection: &mut Connection,
        change: ConnectionChange,
        call: &Call,
    ) -> Result<(), ConnectionError> {
        let before = connection.next_sync_at;
        let provider = self.catalogue.get(&connection.provider);
        let pace = provider.map_or(SyncPace::DEFAULT, |provider| provider.pace());
        if let Some(alias) = change.alias {
            connection.rename(alias, call.now);
        }
        if let Some(patch) = change.metadata {
            connection.note(patch.as_ref(), call.now).map_err(ConnectionError::Metadata)?;
        }
        if let Some(minutes) = change.sync_frequency_minutes {
            if !pace.frequency.admits(minutes) {
                return Err(ConnectionError::Frequency(pace.frequency));
            }
            connection.plan(minutes, call.now);
        }
        if let Some(is_active) = change.is_active {
            connection.switch(is_active, call.now);
        }
        if connection.next_sync_at != before {
            connection.scatter(&pace, Jitter::draw(&*self.sources.randomness), call.now);
        }
        Ok(())
    }
}

/// The names of what is different.
fn differences(before: &Connection, after: &Connection) -> Vec<&'static str> {
    let differs = [
        ("alias", before.alias != after.alias),
        ("metadata", before.metadata.object() != after.metadata.object()),
        ("is_active", before.is_active != after.is_active),
        ("sync_frequency_minutes", before.sync_frequency_minutes != after.sync_frequency_minutes),
    ];
    differs.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
}
