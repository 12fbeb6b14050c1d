//! [`SavedViewRepository`] on the unit of work, and [`SavedViewQueries`].

use async_trait::async_trait;
use dashtam_domain::{
    id::{SavedViewId, UserId},
    ledger::{SavedView, SavedViewQueries, SavedViewRepository},
    store::StoreError,
};

use crate::{mark::Mark, store::MemoryStore, tables::Tables, unit::Unit};

fn all(tables: &Tables, owner: UserId) -> Vec<SavedView> {
    let mut all: Vec<SavedView> = tables.saved_views.marked(&Mark::Owner(owner)).cloned().collect();
    all.sort_unstable_by_key(|view| view.id);
    all
}

#[async_trait]
impl SavedViewRepository for Unit {
    /// There is one writer: whoever has a unit holds everything.
    async fn hold_all(&mut self, owner: UserId) -> Result<Vec<SavedView>, StoreError> {
        self.run(|tables| Ok(all(tables, owner)))
    }

    async fn put(&mut self, view: &SavedView) -> Result<(), StoreError> {
        self.run(|tables| {
            tables.needs_user(view.owner)?;
            tables.saved_views.put(view.clone());
            Ok(())
        })
    }

    async fn remove(&mut self, owner: UserId, id: SavedViewId) -> Result<bool, StoreError> {
        self.run(|tables| Ok(tables.saved_views.remove(&id, |view| view.owner == owner).is_some()))
    }
}

#[async_trait]
impl SavedViewQueries for MemoryStore {
    async fn saved_views(&self, owner: UserId) -> Result<Vec<SavedView>, StoreError> {
        self.look(|tables| all(tables, owner))
    }
}
