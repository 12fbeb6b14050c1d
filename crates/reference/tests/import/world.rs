//! What the copying runs on, and a real database in a temporary file to copy into.

use std::sync::Arc;

use dashtam_domain::{
    call::Call,
    id::{SessionId, UserId},
    identity::User,
    sources::Sources,
    store::Storage,
    time::Timestamp,
};
use dashtam_persistence::{Options, connect};
use dashtam_reference::ImportStore;
use dashtam_testkit::{
    builders,
    fakes::{CountingRandomness, JumpingTimer, ManualClock, OpenUnits, SequentialIds, WatchedStore},
};
use tempfile::TempDir;

use crate::stores::Watched;

/// The adapters of one test.
pub(crate) struct World {
    /// When everything happens.
    pub(crate) now: Timestamp,
    /// Somebody who is there already.
    pub(crate) owner: UserId,
    pub(crate) open: OpenUnits,
    pub(crate) sources: Sources,
}

impl World {
    pub(crate) fn new() -> Self {
        let (open, now) = (OpenUnits::new(), builders::at(1_000));
        let clock = Arc::new(ManualClock::new(now));
        let sources = Sources {
            clock: clock.clone(),
            ids: Arc::<SequentialIds>::default(),
            randomness: Arc::<CountingRandomness>::default(),
            timer: Arc::new(JumpingTimer::new(clock, &open)),
        };
        Self { now, owner: UserId(builders::id()), open, sources }
    }

    /// A call by a signed-in user.
    pub(crate) fn call(&self) -> Call {
        Call::user(self.owner, SessionId(builders::id()), self.now)
    }

    /// A call by nobody known.
    pub(crate) fn anonymous(&self) -> Call {
        Call::anonymous(self.now)
    }

    /// A call by the program itself.
    pub(crate) fn system(&self) -> Call {
        Call::system(self.now)
    }
}

/// A migrated SQLite database; gone when it is dropped.
pub(crate) struct Disk {
    /// Both sides; units that are open while something slow is waited for fail the test.
    pub(crate) storage: Storage,
    /// The same to copy into, under the same watch.
    pub(crate) store: Arc<dyn ImportStore>,
    _folder: TempDir,
}

impl Disk {
    /// A world whose owner is a user of a fresh database.
    pub(crate) async fn open() -> (World, Self) {
        let world = World::new();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.db");
        let database = connect(Options::new(path.to_str().unwrap())).await.unwrap();
        database.migrate().await.unwrap();
        let Storage { store, queries } = database.storage.clone();
        let storage = Storage { store: Arc::new(WatchedStore::new(store, &world.open)), queries };
        let user = User { id: world.owner, ..builders::user() };
        let mut unit = storage.store.begin().await.unwrap();
        unit.users().insert_if_absent(&user).await.unwrap();
        unit.commit().await.unwrap();
        let store = Arc::new(Watched { database, open: world.open.clone() });
        (world, Self { storage, store, _folder: folder })
    }
}
