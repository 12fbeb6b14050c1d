//! Categories that users make.

use super::{CategoryKey, Flow};
use crate::{
    id::{CategoryId, UserId},
    ledger::Line,
    time::Timestamp,
};

/// A category of a user's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnCategory {
    /// Its id.
    pub id: CategoryId,
    /// Whose it is.
    pub owner: UserId,
    /// What people read. No two in one place are the same.
    pub label: Line,
    /// The group it is in: one that everybody has, or one of the user's own that is in none. `None`: it is a group.
    pub group: Option<CategoryKey>,
    /// Which way its money goes.
    pub flow: Flow,
    /// Whether it is no longer offered. What has it keeps it.
    pub is_archived: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// What shall be different; `None` leaves it as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CategoryChange {
    /// Another label.
    pub label: Option<Line>,
    /// Another group; `Some(None)` makes it a group.
    pub group: Option<Option<CategoryKey>>,
    /// The other way.
    pub flow: Option<Flow>,
    /// Whether it is no longer offered.
    pub is_archived: Option<bool>,
}

/// Why a category cannot be as it shall be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CategoryError {
    /// Its group is in a group itself, or is a category that cannot hold others.
    #[error("The group must be a group: one that everybody has, or one of your own that is in no group.")]
    NoGroup,
    /// It holds others, and those in a group hold none.
    #[error("The category holds others, so it cannot be in a group.")]
    HoldsOthers,
}

impl OwnCategory {
    /// Most categories of one user.
    pub const MOST: u64 = 500;

    /// Applies a change; whether it made a difference. Whether the group is one is seen by who can look it up.
    pub fn change(&mut self, change: CategoryChange, now: Timestamp) -> bool {
        let before = self.clone();
        let CategoryChange { label, group, flow, is_archived } = change;
        self.label = label.unwrap_or_else(|| self.label.clone());
        self.group = group.unwrap_or(self.group);
        self.flow = flow.unwrap_or(self.flow);
        self.is_archived = is_archived.unwrap_or(self.is_archived);
        let changed = *self != before;
        if changed {
            self.updated_at = now;
        }
        changed
    }
}
