//! Ports of live events.

use async_trait::async_trait;

use super::{LiveBatch, LiveBody};
use crate::{id::UserId, ledger::LedgerClock, store::StoreError, time::Timestamp};

/// Events, inside a unit of work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait LiveEventRepository: Send {
    /// Adds an event under the next number of the owner's clock, which is then held until the unit of work ends: no row
    /// that other units of the same owner write may be locked after it. Where that makes more than
    /// [`LIVE_EVENTS_MOST`](crate::retention::LIVE_EVENTS_MOST) and
    /// [`LIVE_EVENTS_STEP`](crate::retention::LIVE_EVENTS_STEP) of the owner, the oldest go. Answers the number.
    async fn append(&mut self, owner: UserId, at: Timestamp, body: LiveBody) -> Result<i64, StoreError>;
    /// Adds what the unit of work tells by what it did: one [`LiveBody::TransactionsChanged`] for each owner of whom it
    /// changed rows that the feed tells, one [`LiveBody::ReconciliationSuggested`] if something was suggested, and one
    /// [`LiveBody::SessionEnded`] for each session that it ended. It comes last before the commit. Answers the owners
    /// to whom the unit has something to tell, each with the number of the last event.
    async fn settle(&mut self, at: Timestamp) -> Result<Vec<(UserId, i64)>, StoreError>;
}

/// Reads events.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait LiveQueries: Send + Sync {
    /// Up to `limit` events of the owner with a number above `after`, by number. One whose kind only another version of
    /// the program knows counts among them and is left out.
    async fn live_events(&self, owner: UserId, after: i64, limit: u32) -> Result<LiveBatch, StoreError>;
    /// The lowest number after which everything is still there: whoever has seen everything up to it, or up to a
    /// greater one, misses nothing.
    async fn live_floor(&self, owner: UserId) -> Result<i64, StoreError>;
    /// The clocks of these users, in any order, of those that have one.
    async fn live_clocks(&self, owners: &[UserId]) -> Result<Vec<(UserId, LedgerClock)>, StoreError>;
}

/// Says when there may be something new. It knows nothing of what: whoever is woken reads the store.
#[cfg_attr(feature = "mocks", mockall::automock)]
pub trait LiveBell: Send + Sync {
    /// Says that the owner has events up to this number.
    fn ring(&self, owner: UserId, seq: i64);
    /// Says that anybody may have missed something.
    fn ring_all(&self);
    /// Hears of the owner's events from now on.
    fn follow(&self, owner: UserId) -> Box<dyn LiveRings>;
    /// Whom anybody follows at present.
    fn followed(&self) -> Vec<UserId>;
}

/// What one follower hears.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait LiveRings: Send {
    /// Waits until there may be an event with a number above `seen`. It may be dropped at any time, and is heard again
    /// by the next call.
    async fn above(&mut self, seen: i64);
}
