//! [`ConnectionRepository`] and [`AuthorizationRepository`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    connections::{
        AuthorizationRepository, Connection, ConnectionRepository, GrantId, PendingAuthorization,
        ProviderKey, SyncPace,
    },
    id::{ConnectionId, UserId},
    ledger::ChangeKind,
    secret::SecretHash,
    store::{Admitted, Inserted, StoreError},
    time::Timestamp,
};

use crate::{
    identity::has_room,
    mark::{Mark, hash_key},
    tables::Tables,
    unit::Unit,
};

/// Whether the owner has another connection of this name.
fn is_taken(tables: &Tables, connection: &Connection) -> bool {
    let alias = Mark::Alias(connection.owner, connection.alias.as_str().to_owned());
    tables.connections.first(&alias).is_some_and(|other| other.id != connection.id)
}

/// The connections whose synchronisation is due, of owners who may use their accounts. What is planned for later than
/// anything is was planned by a clock that was ahead.
pub(crate) fn due(tables: &Tables, now: Timestamp) -> impl Iterator<Item = &Connection> {
    let far = now.plus(SyncPace::LONGEST_WAIT);
    tables.connections.marked(&Mark::Due).filter(move |connection| {
        let owner = tables.users.get(&connection.owner);
        connection.next_sync_at.is_some_and(|next| next <= now || next > far)
            && owner.is_some_and(|row| row.user.is_usable(now))
    })
}

fn add(tables: &mut Tables, connection: &Connection) -> Result<(), StoreError> {
    tables.needs_user(connection.owner)?;
    tables.connections.add(connection.clone())
}

#[async_trait]
impl ConnectionRepository for Unit {
    async fn find(&mut self, owner: UserId, id: ConnectionId) -> Result<Option<Connection>, StoreError> {
        self.run(|tables| {
            let found = tables.connections.get(&id).filter(|connection| connection.owner == owner);
            Ok(found.cloned())
        })
    }

    async fn insert_if_absent(&mut self, connection: &Connection) -> Result<Inserted, StoreError> {
        self.run(|tables| {
            if is_taken(tables, connection) {
                return Ok(Inserted::Exists);
            }
            add(tables, connection).map(|()| Inserted::New)
        })
    }

    async fn insert_within_limit(&mut self, connection: &Connection) -> Result<Admitted, StoreError> {
        self.run(|tables| {
            if is_taken(tables, connection) {
                return Ok(Admitted::Exists);
            }
            let there = tables.connections.marked(&Mark::Owner(connection.owner)).count();
            let limit = tables.users.get(&connection.owner).map(|row| row.user.flags.device_limit);
            if !limit.is_some_and(|limit| has_room(limit.number(), there)) {
                return Ok(Admitted::Full);
            }
            add(tables, connection).map(|()| Admitted::New)
        })
    }

    async fn update(&mut self, connection: &mut Connection) -> Result<Inserted, StoreError> {
        self.run(|tables| {
            let same =
                |row: &&Connection| row.owner == connection.owner && row.revision == connection.revision;
            let Some(stored) = tables.connections.get(&connection.id).filter(same) else {
                return Err(StoreError::Stale);
            };
            let created_at = stored.created_at;
            if is_taken(tables, connection) {
                return Ok(Inserted::Exists);
            }
            connection.revision += 1;
            tables.connections.put(Connection { created_at, ..connection.clone() });
            Ok(Inserted::New)
        })
    }

    async fn take_due(&mut self, now: Timestamp, limit: u32) -> Result<Vec<Connection>, StoreError> {
        self.run(|tables| {
            let mut due: Vec<Connection> = due(tables, now).cloned().collect();
            due.sort_unstable_by_key(|connection| (connection.next_sync_at, connection.id));
            due.truncate(limit as usize);
            Ok(due)
        })
    }

    async fn of_grant(
        &mut self,
        provider: &ProviderKey,
        grant: &GrantId,
    ) -> Result<Option<Connection>, StoreError> {
        let place = Mark::Grant(provider.as_str().to_owned(), grant.as_str().to_owned());
        self.run(|tables| Ok(tables.connections.marked(&place).min_by_key(|found| found.id).cloned()))
    }

    async fn delete(&mut self, owner: UserId, id: ConnectionId) -> Result<bool, StoreError> {
        self.run(|tables| {
            let there = tables.needs_connection(owner, id).is_ok();
            if there {
                let held = tables.accounts.marked(&Mark::Connection(id)).map(|account| account.id.0);
                let held: Vec<_> = held.collect();
                tables.note_removals(owner, ChangeKind::Account, held);
                tables.remove_connection(id);
            }
            Ok(there)
        })
    }
}

#[async_trait]
impl AuthorizationRepository for Unit {
    async fn replace(&mut self, pending: &PendingAuthorization) -> Result<(), StoreError> {
        self.run(|tables| {
            tables.needs_connection(pending.owner, pending.connection)?;
            tables.authorizations.remove_marked(&Mark::Connection(pending.connection), |_| true);
            if tables.authorizations.first(&Mark::Hash(hash_key(&pending.state))).is_some() {
                return Err(StoreError::Database("another authorization has this state".into()));
            }
            tables.authorizations.add(pending.clone())
        })
    }

    async fn redeem(
        &mut self,
        state: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<PendingAuthorization>, StoreError> {
        self.run(|tables| {
            let state = Mark::Hash(hash_key(state));
            Ok(tables.authorizations.remove_marked(&state, |pending| pending.expires_at >= now).pop())
        })
    }

    async fn find(
        &mut self,
        state: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<PendingAuthorization>, StoreError> {
        self.run(|tables| {
            let found = tables.authorizations.first(&Mark::Hash(hash_key(state)));
            Ok(found.filter(|pending| pending.expires_at >= now).cloned())
        })
    }

    async fn of_connection(
        &mut self,
        owner: UserId,
        connection: ConnectionId,
        now: Timestamp,
    ) -> Result<Option<PendingAuthorization>, StoreError> {
        self.run(|tables| {
            let found = tables.authorizations.first(&Mark::Connection(connection));
            Ok(found.filter(|pending| pending.owner == owner && pending.expires_at >= now).cloned())
        })
    }
}
