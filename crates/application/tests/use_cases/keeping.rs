//! The units of work of a refresh of credentials.

use chrono::TimeDelta;
use dashtam_domain::{
    connections::{Connection, RefreshRight, SealedCredentials},
    event::DomainEvent,
    identity::AuditEntry,
    store::Inserted,
};
use dashtam_testkit::{fakes::Recorder, mocks::MockUnitOfWork};

use crate::world::{Unit, World};

/// What became of a refresh.
pub(crate) struct Kept {
    pub(crate) unit: Unit,
    pub(crate) credentials: Recorder<SealedCredentials>,
    pub(crate) connection: Recorder<Connection>,
    pub(crate) lines: Recorder<AuditEntry>,
    pub(crate) events: Recorder<DomainEvent>,
}

/// The unit that asks for the right to refresh these credentials, for a minute from now.
pub(crate) fn claims_refresh(world: &mut World, sealed: &SealedCredentials, granted: bool) -> Unit {
    claims_refresh_as(world, sealed, granted.then_some(RefreshRight::Free))
}

/// The same, and how the right is come by.
pub(crate) fn claims_refresh_as(
    world: &mut World,
    sealed: &SealedCredentials,
    right: Option<RefreshRight>,
) -> Unit {
    let (connection, revision) = (sealed.connection, sealed.revision);
    world.unit(|unit| {
        unit.credentials
            .expect_claim_refresh()
            .withf(move |which, at_revision, now, until| {
                (*which, *at_revision) == (connection, revision)
                    && until.since(*now) == TimeDelta::seconds(60)
            })
            .times(1)
            .returning(move |_, _, _, _| Ok(right));
    })
}

fn updates(unit: &mut MockUnitOfWork, found: Option<Connection>) -> Recorder<Connection> {
    unit.connections.expect_find().times(1).return_once(|_, _| Ok(found));
    let updated = Recorder::new();
    let seen = updated.clone();
    unit.connections.expect_update().returning(move |connection| {
        seen.push(connection.clone());
        Ok(Inserted::New)
    });
    updated
}

/// The unit that stores refreshed credentials. The instance is touched only if it is `forgiven`.
pub(crate) fn stores_refreshed(world: &mut World, forgiven: Option<Connection>) -> Kept {
    let (credentials, mut connection, mut lines) = (Recorder::new(), Recorder::new(), Recorder::new());
    let seen = credentials.clone();
    let unit = world.unit(|unit| {
        unit.credentials.expect_put().times(1).returning(move |credentials| {
            seen.push(credentials.clone());
            credentials.revision += 1;
            Ok(())
        });
        if forgiven.is_some() {
            connection = updates(unit, forgiven);
        }
        lines = unit.records_audit();
    });
    Kept { unit, credentials, connection, lines, events: Recorder::new() }
}

/// The unit that remembers a failed refresh of this instance and gives the right to refresh back.
pub(crate) fn notes_failed_refresh(world: &mut World, found: Option<Connection>) -> Kept {
    let (mut connection, mut lines, mut events) = (Recorder::new(), Recorder::new(), Recorder::new());
    let unit = world.unit(|unit| {
        unit.credentials.expect_release_refresh().times(1).returning(|_| Ok(()));
        connection = updates(unit, found);
        events = unit.records_events();
        lines = unit.records_audit();
    });
    Kept { unit, credentials: Recorder::new(), connection, lines, events }
}
