//! The storage contract in memory: the same cases as SQLite and Postgres.

use dashtam_domain::store::Storage;
use dashtam_memory::MemoryStore;

async fn fresh(_case: &str) -> Option<(Storage, ())> {
    Some((MemoryStore::new().storage(), ()))
}

dashtam_contract::storage_contract!(fresh);
