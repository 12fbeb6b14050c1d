//! The streams that are open in this process.

use std::{
    collections::{HashMap, VecDeque},
    convert::Infallible,
    fmt,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use dashtam_domain::id::UserId;
use futures_util::future::{AbortHandle, Abortable, Pending, pending};

/// Streams that a user may have open in a process. With one more the oldest ends.
const MOST: usize = 5;

/// Why a stream ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Farewell {
    /// The user opened too many others.
    Replaced,
    /// The program stops. Others may be there at once.
    Stopping,
    /// The session has ended, or may no longer follow.
    SignedOut,
}

impl Farewell {
    /// The word for it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Replaced => "replaced",
            Self::Stopping => "stopping",
            Self::SignedOut => "signed-out",
        }
    }
}

/// The streams of a process, which end when it stops.
#[derive(Default)]
pub struct LiveStreams {
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    is_stopping: bool,
    next: u64,
    /// The streams of each user, the oldest first.
    seats: HashMap<UserId, VecDeque<(u64, AbortHandle)>>,
}

impl LiveStreams {
    /// Ends all streams, and each that is opened from now on.
    pub fn end(&self) {
        let mut open = self.open();
        open.is_stopping = true;
        open.seats.values().flatten().for_each(|(_, handle)| handle.abort());
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.open().seats.values().map(VecDeque::len).sum()
    }

    /// A seat for a stream of this user. Who has too many loses the oldest.
    pub(crate) fn take(self: &Arc<Self>, user: UserId) -> Seat {
        let (handle, registration) = AbortHandle::new_pair();
        let mut open = self.open();
        open.next += 1;
        let number = open.next;
        if open.is_stopping {
            handle.abort();
        }
        let seats = open.seats.entry(user).or_default();
        seats.push_back((number, handle));
        while seats.len() > MOST {
            if let Some((_, oldest)) = seats.pop_front() {
                oldest.abort();
            }
        }
        Seat { streams: self.clone(), user, number, lost: Abortable::new(pending(), registration) }
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for LiveStreams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveStreams").field("count", &self.count()).finish()
    }
}

/// The right to stream, for as long as it is not lost.
pub(crate) struct Seat {
    streams: Arc<LiveStreams>,
    user: UserId,
    number: u64,
    lost: Abortable<Pending<Infallible>>,
}

impl Seat {
    /// Ready once the stream has to end.
    pub(crate) fn poll_lost(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.lost).poll(cx).map(drop)
    }

    /// Whether the stream has to end.
    pub(crate) fn is_lost(&self) -> bool {
        self.lost.is_aborted()
    }

    /// Why it has to.
    pub(crate) fn farewell(&self) -> Farewell {
        if self.streams.open().is_stopping { Farewell::Stopping } else { Farewell::Replaced }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut open = self.streams.open();
        if let Some(seats) = open.seats.get_mut(&self.user) {
            seats.retain(|(number, _)| *number != self.number);
            if seats.is_empty() {
                open.seats.remove(&self.user);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn of_too_many_streams_the_oldest_is_lost() {
        let streams = Arc::new(LiveStreams::default());
        let (user, other) = (UserId(Uuid::from_u128(1)), UserId(Uuid::from_u128(2)));
        let theirs = streams.take(other);
        let mut mine: Vec<Seat> = (0..MOST).map(|_| streams.take(user)).collect();
        assert!(mine.iter().all(|seat| !seat.is_lost()));
        mine.push(streams.take(user));
        let lost: Vec<bool> = mine.iter().map(Seat::is_lost).collect();
        assert_eq!(lost, [true, false, false, false, false, false]);
        assert_eq!(mine[0].farewell(), Farewell::Replaced);
        // The seat that was lost is nobody's when it is left.
        mine.remove(0);
        assert_eq!(streams.count(), MOST + 1);
        mine.pop();
        let next = streams.take(user);
        assert!(!mine[0].is_lost() && !next.is_lost() && !theirs.is_lost());
        drop((mine, next, theirs));
        assert_eq!(streams.count(), 0);
        assert!(streams.open().seats.is_empty());
    }

    #[test]
    fn a_program_that_stops_ends_what_is_open_and_what_is_opened() {
        let streams = Arc::new(LiveStreams::default());
        let user = UserId(Uuid::from_u128(1));
        let before = streams.take(user);
        assert!(!before.is_lost());
        streams.end();
        let after = streams.take(user);
        for seat in [before, after] {
            assert!(seat.is_lost());
            assert_eq!(seat.farewell(), Farewell::Stopping);
        }
    }
}
