//! A real database in a temporary file, for whole flows that would be unreadable on mocks.

use std::sync::Arc;

use dashtam_domain::{identity::User, store::Storage};
use dashtam_persistence::{Options, connect};
use dashtam_testkit::{builders, fakes::WatchedStore};
use tempfile::TempDir;

use crate::world::World;

/// A migrated SQLite database; gone when it is dropped.
pub(crate) struct Disk {
    /// Both sides; units that are open while something slow is waited for fail the test.
    pub(crate) storage: Storage,
    /// The same without that watch, for work that runs side by side.
    pub(crate) unwatched: Storage,
    _folder: TempDir,
}

impl Disk {
    /// A world whose owner is a user of a fresh database, prepared further by the test.
    pub(crate) async fn open(prepare: impl FnOnce(&mut World)) -> (World, Self) {
        let mut world = World::new();
        prepare(&mut world);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.db");
        let database = connect(Options::new(path.to_str().unwrap())).await.unwrap();
        database.migrate().await.unwrap();
        let unwatched = database.storage;
        let Storage { store, queries } = unwatched.clone();
        let storage = Storage { store: Arc::new(WatchedStore::new(store, &world.open)), queries };
        let user = User { id: world.owner, ..builders::user() };
        let mut unit = storage.store.begin().await.unwrap();
        unit.users().insert_if_absent(&user).await.unwrap();
        unit.commit().await.unwrap();
        (world, Self { storage, unwatched, _folder: folder })
    }
}
