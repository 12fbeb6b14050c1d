//! [`SavedLayoutRepository`] on the unit of work, and [`SavedLayoutQueries`].

use std::cmp::Reverse;

use async_trait::async_trait;
use dashtam_domain::{
    id::UserId,
    ledger::{SavedLayout, SavedLayoutQueries, SavedLayoutRepository},
    store::StoreError,
};

use crate::{mark::Mark, store::MemoryStore, tables::Tables, unit::Unit};

/// The newest first.
fn all(tables: &Tables, owner: UserId) -> Vec<SavedLayout> {
    let mut all: Vec<SavedLayout> = tables.saved_layouts.marked(&Mark::Owner(owner)).cloned().collect();
    all.sort_unstable_by(|one, other| {
        (Reverse(one.saved_at), &one.header).cmp(&(Reverse(other.saved_at), &other.header))
    });
    all
}

#[async_trait]
impl SavedLayoutRepository for Unit {
    async fn keep(&mut self, layout: &SavedLayout) -> Result<(), StoreError> {
        self.run(|tables| {
            tables.needs_user(layout.owner)?;
            tables.saved_layouts.put(layout.clone());
            for old in all(tables, layout.owner).into_iter().skip(SavedLayout::MOST) {
                tables.saved_layouts.remove(&(old.owner, old.header), |_| true);
            }
            Ok(())
        })
    }
}

#[async_trait]
impl SavedLayoutQueries for MemoryStore {
    async fn saved_layouts(&self, owner: UserId) -> Result<Vec<SavedLayout>, StoreError> {
        self.look(|tables| all(tables, owner))
    }
}
