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

use std::{fmt, str::FromStr};

use crate::{id::UserId, ledger::LedgerClock, time::Timestamp};

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

/// Events that were read at once, as the store was at one instant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LiveBatch {
    /// Those of a kind that this version of the program knows, by number.
    pub events: Vec<LiveEvent>,
    /// The number of the last event that was looked at, whether or not its kind is known: whoever reads on begins
    /// behind it. Where nothing was found, the number that was read behind.
    pub reached: i64,
    /// Whether as many were found as were asked for, so that there may be more.
    pub has_more: bool,
    /// The lowest number after which everything is still there.
    pub floor: i64,
}

impl LiveBatch {
    /// Whether events between the number that was read behind and what was found are gone.
    pub fn is_cut(&self, after: i64) -> bool {
        self.floor > after
    }
}

/// How far somebody has followed a user's events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LivePlace {
    /// Which count of numbers it is of.
    pub epoch: i64,
    /// Everything up to this number was seen.
    pub seq: i64,
}

impl LivePlace {
    /// Where the clock stands now.
    pub fn at(clock: LedgerClock) -> Self {
        Self { epoch: clock.epoch, seq: clock.seq }
    }

    /// Whether it can be gone on from: it is one that the clock has come by, and nothing that came after it is gone.
    pub fn is_good(self, clock: LedgerClock, floor: i64) -> bool {
        self.epoch == clock.epoch && (floor..=clock.seq).contains(&self.seq)
    }
}

/// The text is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no place in a stream of events")]
pub struct NoLivePlace;

/// The form in which programs keep it: both numbers, divided by a point.
impl fmt::Display for LivePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.epoch, self.seq)
    }
}

impl FromStr for LivePlace {
    type Err = NoLivePlace;

    fn from_str(text: &str) -> Result<Self, NoLivePlace> {
        let number = |text: &str| -> Result<i64, NoLivePlace> {
            let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            if is_plain { text.parse().map_err(|_| NoLivePlace) } else { Err(NoLivePlace) }
        };
        let (epoch, seq) = text.split_once('.').ok_or(NoLivePlace)?;
        Ok(Self { epoch: number(epoch)?, seq: number(seq)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_comes_back_as_it_was_told() {
        for place in [
            LivePlace { epoch: 0, seq: 0 },
            LivePlace { epoch: 1_764_374_400_000_000, seq: 42 },
            LivePlace { epoch: i64::MAX, seq: i64::MAX },
        ] {
            assert_eq!(place.to_string().parse(), Ok(place));
        }
        for text in
            ["", ".", "1", "1.", ".1", "1.2.3", "-1.2", "1.+2", " 1.2", "1.9223372036854775808", "a.b"]
        {
            assert_eq!(text.parse::<LivePlace>(), Err(NoLivePlace), "{text}");
        }
    }

    #[test]
    fn a_batch_is_cut_where_the_floor_is_above_what_was_seen() {
        let batch = LiveBatch { floor: 5, reached: 9, ..LiveBatch::default() };
        assert!(batch.is_cut(4), "the fifth is gone");
        assert!(!batch.is_cut(5) && !batch.is_cut(9));
    }

    #[test]
    fn a_place_is_good_from_the_floor_to_the_clock() {
        let clock = LedgerClock { seq: 9, epoch: 3 };
        let is_good = |epoch, seq| LivePlace { epoch, seq }.is_good(clock, 5);
        assert!(is_good(3, 5) && is_good(3, 9));
        assert!(!is_good(3, 4), "what came after it is gone");
        assert!(!is_good(3, 10), "it is ahead of the clock");
        assert!(!is_good(2, 7), "it is of another count");
        assert_eq!(LivePlace::at(clock), LivePlace { epoch: 3, seq: 9 });
    }
}
