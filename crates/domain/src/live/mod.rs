//! What a user's programs are told of at once: that something happened, and what it is about. They fetch the rest.
//!
//! Each event takes a number of the clock that numbers the changes of the user's ledger, in the unit of work that did
//! it. Their order is the order of the commits, and whoever has seen an event reads its change in the feed.

mod body;
mod ports;

pub use body::{LiveBody, LiveKind, LiveKinds};
pub use ports::{LiveBell, LiveEventRepository, LiveQueries, LiveRings};

#[cfg(feature = "mocks")]
pub use ports::{MockLiveBell, MockLiveEventRepository, MockLiveQueries, MockLiveRings};

use crate::{id::UserId, time::Timestamp};

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveEvent {
    /// Whose it is.
    pub owner: UserId,
    /// Its number, by the owner's clock. No other event and no change of the owner has it.
    pub seq: i64,
    /// When it happened.
    pub at: Timestamp,
    /// What it was.
    pub body: LiveBody,
}
