//! What all requests share: the options, the grants, the known applications and the ledgers.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use actix_web::web;
use chrono::{DateTime, NaiveDate, Utc};

use crate::{
    grants::store::Store,
    options::{Client, Options},
    world::World,
};

/// The number of ledgers that are kept in memory.
const LEDGERS_KEPT: usize = 32;

/// What all requests share.
pub(crate) struct Bank {
    pub(crate) options: Options,
    pub(crate) store: Store,
    clients: RwLock<Vec<Client>>,
    ledgers: Mutex<Vec<Arc<World>>>,
}

impl Bank {
    /// A bank with these options, whose customers granted what the store knows.
    pub(crate) fn new(options: Options, store: Store) -> Self {
        let clients = RwLock::new(options.clients.clone());
        Self { options, store, clients, ledgers: Mutex::default() }
    }

    /// Makes an application known, in place of one with the same id.
    pub(crate) fn register(&self, client: Client) {
        let mut clients = self.clients.write().unwrap_or_else(PoisonError::into_inner);
        clients.retain(|known| known.id != client.id);
        clients.push(client);
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        (self.options.clock)()
    }

    pub(crate) fn today(&self) -> NaiveDate {
        self.options.today.as_ref().map_or_else(|| self.now().date_naive(), |today| today())
    }

    pub(crate) fn client(&self, id: &str) -> Option<Client> {
        let clients = self.clients.read().unwrap_or_else(PoisonError::into_inner);
        clients.iter().find(|client| client.id == id).cloned()
    }

    /// The ledger of a person today. Working it out takes a while, so the latest are kept.
    pub(crate) async fn ledger(&self, person: &str) -> Option<Arc<World>> {
        let today = self.today();
        let known = |world: &&Arc<World>| world.person == person && world.today == today;
        let kept = self.ledgers.lock().unwrap_or_else(PoisonError::into_inner).iter().find(known).cloned();
        if kept.is_some() {
            return kept;
        }
        let (seed, owned) = (self.options.seed, person.to_owned());
        let world = web::block(move || Arc::new(World::generate(seed, &owned, today))).await.ok()?;
        let mut ledgers = self.ledgers.lock().unwrap_or_else(PoisonError::into_inner);
        if ledgers.len() >= LEDGERS_KEPT {
            ledgers.remove(0);
        }
        ledgers.push(Arc::clone(&world));
        Some(world)
    }
}
