//! Linking a provider instance at its institution.

mod callback;
mod complete;
mod disconnect;
mod hosted;
mod link_with_secret;
mod refresh;
mod relink;
mod start;
mod status;
mod token_life;

use std::sync::Arc;

use dashtam_domain::{
    connections::{Connection, ConnectionOverview, PendingAuthorization},
    identity::{FieldCipher, FieldContext, User},
    sealed::SealedField,
    secret::{OpaqueSecret, SecretKind, SecretText},
};
use dashtam_testkit::{
    builders,
    fakes::{Recorder, ScriptedProvider, XorCipher},
    mocks::MockUnitOfWork,
};

use crate::world::World;

/// A catalogue of one bank, and an instance of it that belongs to the caller.
fn world() -> (World, Arc<ScriptedProvider>, Connection) {
    let mut world = World::new();
    let bank = Arc::new(ScriptedProvider::new("sandbox", &world.open));
    world.provider(bank.clone());
    let connection = builders::connection(world.owner, "Mine");
    (world, bank, connection)
}

/// The reading side shows this instance to its owner only.
fn shows(world: &mut World, connection: &Connection) {
    let (owner, id) = (connection.owner, connection.id);
    let may_link = User { id: owner, ..builders::user() };
    world.queries.users.expect_user().return_once(|_| Ok(Some(may_link)));
    let overview =
        ConnectionOverview { connection: connection.clone(), latest_run: None, grant_expires_at: None };
    world
        .queries
        .connections
        .expect_connection()
        .withf(move |asked, which| (*asked, *which) == (owner, id))
        .times(1)
        .return_once(|_, _| Ok(Some(overview)));
}

/// The `state` of the authorization under way.
fn state() -> OpaqueSecret {
    OpaqueSecret::from_bytes(SecretKind::AuthorizationState, &[5; 32])
}

/// The authorization of this instance under way, with a verifier that opens.
fn pending(connection: &Connection) -> PendingAuthorization {
    let pending = builders::pending_authorization(connection);
    let place = verifier_place(&pending);
    let verifier = XorCipher.seal(&SecretText::new("the-verifier"), place).unwrap();
    PendingAuthorization { state: state().hash(), verifier, ..pending }
}

fn verifier_place(pending: &PendingAuthorization) -> FieldContext {
    SealedField::PkceVerifier.at(pending.id)
}

/// The unit uses up the state, which is that of this authorization, if any.
fn redeems(unit: &mut MockUnitOfWork, pending: Option<PendingAuthorization>) {
    unit.authorizations
        .expect_redeem()
        .withf(|hash, _| *hash == state().hash())
        .times(1)
        .return_once(|_, _| Ok(pending));
}

/// The unit finds the instance and writes it back; what it wrote is handed to the test.
fn updates(unit: &mut MockUnitOfWork, connection: &Connection) -> Recorder<Connection> {
    let (owner, id, found) = (connection.owner, connection.id, connection.clone());
    unit.connections
        .expect_find()
        .withf(move |asked, which| (*asked, *which) == (owner, id))
        .times(1)
        .return_once(|_, _| Ok(Some(found)));
    let written = Recorder::new();
    let seen = written.clone();
    unit.connections.expect_update().times(1).returning(move |connection| {
        seen.push(connection.clone());
        Ok(dashtam_domain::store::Inserted::New)
    });
    written
}
