//! How often an institution takes synchronisations, and when the next one of a connection is due.

use chrono::TimeDelta;

use crate::{
    sources::Randomness,
    time::{Day, Timestamp},
};

use super::{Connection, SyncFrequency};

/// How an institution lets its data be fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SyncPace {
    /// Minutes between two synchronisations of a connection.
    pub frequency: SyncFrequency,
    /// Synchronisations that one process runs at once, of all connections together.
    pub max_parallel: usize,
    /// Synchronisations of one connection in one day (UTC), where the institution counts.
    pub daily_runs: Option<i32>,
    /// Days that every synchronisation after the first reads again, for the sake of what was late or changed.
    pub overlap_days: i64,
}

impl SyncPace {
    /// Of an institution that says nothing about it.
    pub const DEFAULT: Self =
        Self { frequency: SyncFrequency::DEFAULT, max_parallel: 4, daily_runs: None, overlap_days: 10 };
    /// Days that one synchronisation of every week reads again, for the sake of what was changed late.
    pub const DEEP_DAYS: i64 = 30;
    /// Longest time over which connections are spread that became due while nobody looked.
    pub const LONGEST_SPREAD: TimeDelta = TimeDelta::minutes(10);
    /// Nothing is planned for later than this. What is was planned by a clock that was ahead, and is due.
    pub const LONGEST_WAIT: TimeDelta = TimeDelta::days(8);
    /// Longest time an institution that asked us to slow down is left alone.
    const LONGEST_COOLING: TimeDelta = TimeDelta::days(1);

    /// Days to read again before the one on which an account was read last. Once a week, on a day that depends on `phase`,
    /// it is as many as make [`DEEP_DAYS`](Self::DEEP_DAYS) in all.
    pub fn overlap(&self, last: Option<Timestamp>, now: Timestamp, phase: u128) -> i64 {
        let shift = i64::try_from(phase % 7).unwrap_or(0);
        let week = |at: Timestamp| (at.as_seconds().div_euclid(86_400) + shift).div_euclid(7);
        match last {
            Some(last) if week(last) < week(now) => {
                self.overlap_days.max(Self::DEEP_DAYS - now.day().days_since(last.day()))
            }
            _ => self.overlap_days,
        }
    }
}

/// Up to a tenth more or less of a waiting time, so that connections made together do not stay together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Jitter(i64);

impl Jitter {
    /// Thousandths of the waiting time that are added or taken away at most.
    const MOST: i64 = 100;

    /// Draws one.
    pub fn draw(randomness: &dyn Randomness) -> Self {
        let [high, low, ..] = randomness.bytes();
        Self(i64::from(u16::from_be_bytes([high, low])) % (2 * Self::MOST + 1) - Self::MOST)
    }

    fn of(self, wait: TimeDelta) -> TimeDelta {
        wait + TimeDelta::milliseconds(wait.num_seconds().saturating_mul(self.0))
    }
}

/// The synchronisations of a connection on the last day on which there was one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DailyRuns {
    /// The day; `None` before the first.
    pub day: Option<Day>,
    /// How many there were.
    pub used: i32,
}

impl Connection {
    /// Moves the next synchronisation a little, and not nearer than the institution takes. What was planned elsewhere for
    /// longer than it takes comes sooner.
    pub fn scatter(&mut self, pace: &SyncPace, jitter: Jitter, now: Timestamp) {
        if let Some(next) = self.next_sync_at {
            let [least, most] = [pace.frequency.least, pace.frequency.most]
                .map(|minutes| TimeDelta::minutes(minutes.into()).min(SyncPace::LONGEST_WAIT));
            let wait = jitter.of(next.since(now).min(most)).min(SyncPace::LONGEST_WAIT);
            self.next_sync_at = Some(now.plus(wait.max(least)));
        }
    }

    /// A run was queued because it was due. Whatever becomes of the run, the next is not due before the planned minutes
    /// have passed.
    pub fn planned(&mut self, pace: &SyncPace, jitter: Jitter, now: Timestamp) {
        self.schedule(self.sync_frequency_minutes.into(), now);
        self.scatter(pace, jitter, now);
    }

    /// Nothing is due before this instant.
    pub fn wait_until(&mut self, until: Timestamp) {
        self.next_sync_at = self.next_sync_at.map(|_| until);
    }

    /// The institution has more within minutes: the next synchronisation is due after as long a time as the connection has
    /// been linked, so that one that is slow is asked ever more seldom. That is a minute at least and a quarter of an hour
    /// at most, and never later than planned.
    pub fn hurry(&mut self, now: Timestamp) {
        let (shortest, longest) = (TimeDelta::minutes(1), TimeDelta::minutes(15));
        let linked = self.connected_at.map_or(longest, |at| now.since(at));
        let wait = linked.max(shortest).min(longest);
        self.next_sync_at = self.next_sync_at.map(|next| next.min(now.plus(wait)));
    }

    /// How long this connection waits when many became due at once: every one for another time, and always the same.
    pub fn spread(&self) -> TimeDelta {
        let most =
            TimeDelta::minutes(self.sync_frequency_minutes.max(1).into()).min(SyncPace::LONGEST_SPREAD);
        // By a prime: the ids of connections made together differ in few of their digits.
        let place = i64::try_from(self.id.0.as_u128() % 1_000_003).unwrap_or(0);
        TimeDelta::seconds(place % most.num_seconds().max(1))
    }

    /// Takes one run from what the institution allows a day, or tells when there are some again.
    pub fn spend(&mut self, pace: &SyncPace, now: Timestamp) -> Result<(), Timestamp> {
        let Some(most) = pace.daily_runs else { return Ok(()) };
        let today = now.day();
        let used = if self.daily_runs.day == Some(today) { self.daily_runs.used } else { 0 };
        if used >= most {
            return Err(today.plus_days(1).start());
        }
        self.daily_runs = DailyRuns { day: Some(today), used: used.saturating_add(1) };
        Ok(())
    }

    /// The institution asked us to slow down, for so many seconds if it said so. That is no failure.
    pub fn cool_down(&mut self, retry_after: Option<u32>, pace: &SyncPace, now: Timestamp) {
        let asked = retry_after.map_or(TimeDelta::zero(), |seconds| TimeDelta::seconds(seconds.into()));
        let least = TimeDelta::minutes(pace.frequency.least.into());
        let pause = asked.min(SyncPace::LONGEST_COOLING).max(least);
        self.wait_until(now.plus(pause));
        self.updated_at = now;
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::id::{ConnectionId, UserId};

    struct Fixed(u16);

    impl Randomness for Fixed {
        fn bytes(&self) -> [u8; 32] {
            let mut bytes = [0; 32];
            bytes[..2].copy_from_slice(&self.0.to_be_bytes());
            bytes
        }
    }

    fn now() -> Timestamp {
        Timestamp::parse("2026-11-25T12:00:00Z").unwrap()
    }

    fn connection(id: u128) -> Connection {
        let (id, owner) = (ConnectionId(Uuid::from_u128(id)), UserId(Uuid::nil()));
        let mut connection =
            Connection::new(id, owner, "sandbox".parse().unwrap(), "Mine".parse().unwrap(), now());
        connection.linked(now());
        connection
    }

    #[test]
    fn what_was_linked_is_due_at_once_and_then_a_tenth_around_its_time() {
        let mut connection = connection(1);
        assert_eq!(connection.next_sync_at, Some(now()));
        let mut seconds = Vec::new();
        for drawn in [0, 100, 200, 201] {
            connection.planned(&SyncPace::DEFAULT, Jitter::draw(&Fixed(drawn)), now());
            seconds.push(connection.next_sync_at.unwrap().since(now()).num_seconds());
        }
        assert_eq!(seconds, [3_240, 3_600, 3_960, 3_240]);
        for drawn in 0..u16::MAX {
            let Jitter(thousandths) = Jitter::draw(&Fixed(drawn));
            assert!((-100..=100).contains(&thousandths));
        }
    }

    #[test]
    fn an_institution_is_not_asked_more_often_than_it_takes() {
        let mut connection = connection(1);
        connection.sync_frequency_minutes = 1;
        connection.planned(&SyncPace::DEFAULT, Jitter::draw(&Fixed(0)), now());
        assert_eq!(connection.next_sync_at, Some(now().plus(TimeDelta::minutes(15))));
        connection.sync_frequency_minutes = i32::MAX;
        connection.planned(&SyncPace::DEFAULT, Jitter::draw(&Fixed(200)), now());
        assert_eq!(connection.next_sync_at, Some(now().plus(TimeDelta::minutes(11_088))));
        assert!(TimeDelta::minutes(11_088) < SyncPace::LONGEST_WAIT);
        for (asked, minutes) in [(None, 15), (Some(30), 15), (Some(3_600), 60), (Some(u32::MAX), 1_440)] {
            connection.cool_down(asked, &SyncPace::DEFAULT, now());
            assert_eq!(connection.next_sync_at, Some(now().plus(TimeDelta::minutes(minutes))), "{asked:?}");
        }
        assert_eq!(connection.error_count, 0);
    }

    #[test]
    fn what_an_institution_takes_a_day_is_there_again_on_the_next() {
        let pace = SyncPace { daily_runs: Some(2), ..SyncPace::DEFAULT };
        let mut connection = connection(1);
        let midnight = Timestamp::parse("2026-11-26T00:00:00Z").unwrap();
        assert_eq!([0; 3].map(|_| connection.spend(&pace, now())), [Ok(()), Ok(()), Err(midnight)]);
        assert_eq!(connection.spend(&pace, midnight), Ok(()));
        assert_eq!(connection.spend(&SyncPace::DEFAULT, midnight), Ok(()));
        assert_eq!(connection.daily_runs, DailyRuns { day: Some(midnight.day()), used: 1 });
    }

    #[test]
    fn what_comes_within_minutes_is_asked_for_ever_more_seldom() {
        let mut connection = connection(1);
        let mut waits = Vec::new();
        for seconds in [5, 60, 120, 600, 3_600, 86_400] {
            let at = now().plus(TimeDelta::seconds(seconds));
            connection.synced(1, at);
            connection.hurry(at);
            waits.push(connection.next_sync_at.unwrap().since(at).num_seconds());
        }
        assert_eq!(waits, [60, 60, 120, 600, 900, 900]);
        connection.plan(5, now());
        connection.hurry(now());
        assert_eq!(connection.next_sync_at, Some(now().plus(TimeDelta::minutes(1))));
        let later = now().plus(TimeDelta::days(1));
        connection.plan(5, later);
        connection.hurry(later);
        assert_eq!(connection.next_sync_at, Some(later.plus(TimeDelta::minutes(5))), "as planned");
        connection.switch(false, later);
        connection.hurry(later);
        assert_eq!(connection.next_sync_at, None);
    }

    #[test]
    fn many_that_are_due_at_once_are_spread() {
        let mut tenths = [0; 10];
        for id in 0..1_000_u128 {
            let mut one = connection(id.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c834));
            let wait = one.spread();
            assert!(wait < SyncPace::LONGEST_SPREAD && wait == one.spread());
            tenths[usize::try_from(wait.num_minutes()).unwrap()] += 1;
            one.sync_frequency_minutes = 1;
            assert!(one.spread() < TimeDelta::minutes(1));
        }
        assert!(tenths.iter().all(|count| (60..140).contains(count)), "{tenths:?}");
    }

    #[test]
    fn one_run_a_week_reads_more() {
        for phase in [0, 3, u128::MAX] {
            let hours = |hours| now().plus(TimeDelta::hours(hours));
            // How many days before the present one are read.
            let read = |last: i64, now: i64| {
                let again = SyncPace::DEFAULT.overlap(Some(hours(last)), hours(now), phase);
                again + hours(now).day().days_since(hours(last).day())
            };
            let deep = (1..=24 * 28).filter(|hour| {
                let days = read(hour - 1, *hour);
                assert!([10, 11, SyncPace::DEEP_DAYS].contains(&days), "{days}");
                days == SyncPace::DEEP_DAYS
            });
            assert_eq!(deep.count(), 4, "of 28 days");
            assert_eq!(read(0, 170), SyncPace::DEEP_DAYS);
            assert_eq!(read(0, 24 * 25), 35, "a long pause is no gap");
        }
        assert_eq!(SyncPace::DEFAULT.overlap(None, now(), 0), 10);
    }
}
