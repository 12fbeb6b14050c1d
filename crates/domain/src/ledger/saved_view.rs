//! What a person asks of their transactions again and again, under a name.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::Line;
use crate::{
    id::{SavedViewId, UserId},
    store::StoreError,
    time::Timestamp,
};

/// A saved view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedView {
    /// Its id.
    pub id: SavedViewId,
    /// Whose it is.
    pub owner: UserId,
    /// What people read. No two of one owner have the same.
    pub name: Line,
    /// What is asked: parameters of the list of transactions by their names, each of which the list takes.
    pub filter: BTreeMap<String, String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl SavedView {
    /// Most views of one user.
    pub const MOST: usize = 100;
}

/// Saved views, inside a unit of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait SavedViewRepository: Send {
    /// The owner's views, by id. From here on nobody else changes them until the unit of work ends.
    async fn hold_all(&mut self, owner: UserId) -> Result<Vec<SavedView>, StoreError>;
    /// Adds a view, or writes the one with its id.
    async fn put(&mut self, view: &SavedView) -> Result<(), StoreError>;
    /// Removes the owner's view; whether it was there.
    async fn remove(&mut self, owner: UserId, id: SavedViewId) -> Result<bool, StoreError>;
}

/// Reads saved views.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait SavedViewQueries: Send + Sync {
    /// The owner's views, by id.
    async fn saved_views(&self, owner: UserId) -> Result<Vec<SavedView>, StoreError>;
}
