//! The provider catalogue and provider instances.

mod audit_log;
mod create;
mod delete;
mod read;
mod update;

use std::sync::Arc;

use dashtam_testkit::fakes::ScriptedProvider;

use crate::world::World;

/// A catalogue of a bank that is set up and a broker that is not.
fn world() -> (World, Arc<ScriptedProvider>) {
    let mut world = World::new();
    let bank = Arc::new(ScriptedProvider::new("sandbox", &world.open));
    let broker = ScriptedProvider::new("broker", &world.open).not_configured("set BROKER_CLIENT_ID");
    world.provider(bank.clone());
    world.provider(Arc::new(broker));
    (world, bank)
}
