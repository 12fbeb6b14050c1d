//! Limits on how often something may be asked: token buckets, counted exactly in whole numbers.
//!
//! A bucket is not kept as a number of tokens but as its *backlog*: the time until it is full again. A token is
//! worth the time it takes to come back, so that taking one adds that time, and the passing of time alone refills.
//! Everything is whole microseconds; nothing is rounded before it is shown.

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    pin::Pin,
    str::FromStr,
};

use async_trait::async_trait;

use crate::{
    id::{DenialId, UserId},
    store::StoreError,
    time::Timestamp,
};

/// How many requests at once, and how fast they come back.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rate {
    burst: NonZeroU32,
    /// Tokens that come back per minute, in thousandths.
    per_minute_milli: NonZeroU32,
}

/// The text is not a rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be BURST/PER_MINUTE such as 20/5 or 3/0.1: a burst of 1 to 1000000, then up to 1000000 per minute with at \
     most three decimals"
)]
pub struct RateError;

impl Rate {
    const LARGEST: u32 = 1_000_000;

    /// `burst` at once, then `per_minute_milli` thousandths per minute. A zero counts as one.
    pub const fn new(burst: u32, per_minute_milli: u32) -> Self {
        const fn at_least_one(number: u32) -> NonZeroU32 {
            match NonZeroU32::new(number) {
                Some(number) => number,
                None => NonZeroU32::MIN,
            }
        }
        Self { burst: at_least_one(burst), per_minute_milli: at_least_one(per_minute_milli) }
    }

    /// As much as `factor` callers of this rate may ask together, up to the largest rate there is.
    #[must_use]
    pub const fn times(self, factor: u32) -> Self {
        let burst = self.burst.get().saturating_mul(factor);
        let milli = self.per_minute_milli.get().saturating_mul(factor);
        let largest = Self::LARGEST * 1000;
        Self::new(
            if burst > Self::LARGEST { Self::LARGEST } else { burst },
            if milli > largest { largest } else { milli },
        )
    }

    /// Most requests at once.
    pub const fn burst(self) -> u32 {
        self.burst.get()
    }

    /// Microseconds after which one more request may come.
    pub const fn interval_micros(self) -> u64 {
        60_000_000_000 / self.per_minute_milli.get() as u64
    }

    /// Microseconds in which an empty bucket fills.
    pub const fn capacity_micros(self) -> u64 {
        self.burst() as u64 * self.interval_micros()
    }

    /// Seconds in which an empty bucket fills, at least one.
    pub fn window_seconds(self) -> u32 {
        seconds(self.capacity_micros()).max(1)
    }

    /// Takes `cost` tokens from a bucket with this backlog, if they are there: the decision and the new backlog,
    /// both in microseconds. A refusal takes nothing. A cost above the burst counts as the burst.
    pub fn take(self, backlog: u64, cost: u32) -> (Decision, u64) {
        // More than full can only come from a clock that was set back.
        let backlog = backlog.min(self.capacity_micros());
        let after = backlog + u64::from(cost.min(self.burst())) * self.interval_micros();
        let allowed = after <= self.capacity_micros();
        let backlog = if allowed { after } else { backlog };
        (self.decision(allowed, backlog, cost), backlog)
    }

    /// What to tell a caller who asked for `cost` tokens and left this backlog, in microseconds.
    pub fn decision(self, allowed: bool, backlog: u64, cost: u32) -> Decision {
        let room = self.capacity_micros().saturating_sub(backlog);
        let wanted = u64::from(cost.min(self.burst())) * self.interval_micros();
        Decision {
            allowed,
            limit: self.burst(),
            remaining: if allowed { whole(room / self.interval_micros()) } else { 0 },
            retry_after: if allowed { 0 } else { seconds(wanted.saturating_sub(room)).max(1) },
            reset: seconds(backlog),
        }
    }
}

/// Microseconds as whole seconds, rounded up.
fn seconds(micros: u64) -> u32 {
    whole(micros.div_ceil(1_000_000))
}

fn whole(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let milli = self.per_minute_milli.get();
        write!(f, "{}/{}", self.burst, milli / 1000)?;
        match milli % 1000 {
            0 => Ok(()),
            rest => write!(f, ".{}", format!("{rest:03}").trim_end_matches('0')),
        }
    }
}

impl fmt::Debug for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rate({self})")
    }
}

impl FromStr for Rate {
    type Err = RateError;

    fn from_str(text: &str) -> Result<Self, RateError> {
        let digits = |text: &str| -> Option<u32> {
            let plain = !text.is_empty() && text.len() <= 7 && text.bytes().all(|b| b.is_ascii_digit());
            if plain { text.parse().ok() } else { None }
        };
        let read = || {
            let (burst, per_minute) = text.split_once('/')?;
            let (whole, fraction) = per_minute.trim().split_once('.').unwrap_or((per_minute.trim(), "0"));
            if fraction.is_empty() || fraction.len() > 3 {
                return None;
            }
            let thousandths = digits(&format!("{fraction:0<3}"))?;
            let (burst, whole) = (digits(burst.trim())?, digits(whole)?);
            let milli = whole.checked_mul(1000)?.checked_add(thousandths)?;
            let good = (1..=Self::LARGEST).contains(&burst) && (1..=Self::LARGEST * 1000).contains(&milli);
            // Times beyond a year are a slip of the pen, and would leave the range that scripts count exactly.
            let rate = Self::new(burst, milli);
            (good && rate.window_seconds() <= 366 * 24 * 3600).then_some(rate)
        };
        read().ok_or(RateError)
    }
}

/// What a limit said to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// Whether it may go on.
    pub allowed: bool,
    /// The burst.
    pub limit: u32,
    /// How many more may come now.
    pub remaining: u32,
    /// Whole seconds after which the same request would be let through; 0 if it was, else at least 1.
    pub retry_after: u32,
    /// Whole seconds until the bucket is full again.
    pub reset: u32,
}

/// What counts as one client: an IPv4 address in its own spelling, or the /64 of an IPv6 address, because one machine
/// has that many.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => first_groups(address, 4).into(),
        address => address,
    }
}

/// The /48 of an IPv6 address: the most one subscriber gets as a rule, with 65,536 networks to come from.
pub fn site(address: IpAddr) -> Option<Ipv6Addr> {
    match address.to_canonical() {
        IpAddr::V6(address) => Some(first_groups(address, 3)),
        IpAddr::V4(_) => None,
    }
}

/// The address with nothing behind its first groups of 16 bits.
fn first_groups(address: Ipv6Addr, groups: usize) -> Ipv6Addr {
    let mut segments = address.segments();
    segments.iter_mut().skip(groups).for_each(|segment| *segment = 0);
    segments.into()
}

/// Who is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A client's network; made by [`Subject::address`].
    Address(IpAddr),
    /// The networks of one site; made by [`Subject::site`].
    Site(Ipv6Addr),
    /// A signed-in user, known by a credential that was checked.
    User(UserId),
    /// A secret, by the first half of its SHA-256.
    Secret([u8; 16]),
}

impl Subject {
    /// The client at this address, by [`network`].
    pub fn address(address: IpAddr) -> Self {
        Self::Address(network(address))
    }

    /// All clients of the [`site`] of this address, which one subscriber may hold; only IPv6 has sites.
    pub fn site(address: IpAddr) -> Option<Self> {
        site(address).map(Self::Site)
    }

    /// What sort of subject it is, for keys and the record of refusals.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Address(_) => "address",
            Self::Site(_) => "site",
            Self::User(_) => "user",
            Self::Secret(_) => "secret",
        }
    }
}

/// Names one bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Bucket {
    /// The rule's name.
    pub rule: &'static str,
    /// Who is counted.
    pub subject: Subject,
}

/// An answer of a limiter: there at once when it is decided in this process, later when others are asked.
pub enum Taking<'a> {
    /// Decided.
    Now(Decision),
    /// To be waited for.
    Later(Pin<Box<dyn Future<Output = Decision> + Send + 'a>>),
}

impl Taking<'_> {
    /// The decision.
    pub async fn decided(self) -> Decision {
        match self {
            Self::Now(decision) => decision,
            Self::Later(decision) => decision.await,
        }
    }
}

impl fmt::Debug for Taking<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Now(decision) => f.debug_tuple("Now").field(decision).finish(),
            Self::Later(_) => f.write_str("Later(…)"),
        }
    }
}

/// Counts requests. It always decides: an adapter whose store is gone decides by itself and never lets everybody
/// through.
pub trait RateLimiter: Send + Sync {
    /// Takes `cost` tokens from a bucket of this rate if they are there, in one step: of any number of callers at
    /// once, exactly as many get through as there are tokens.
    fn take(&self, bucket: Bucket, rate: Rate, cost: u32) -> Taking<'_>;
}

/// Names a bucket to others without naming whom it counts.
pub trait BucketHasher: Send + Sync {
    /// A keyed hash: the same for the same bucket, and nothing to learn from without the key.
    fn hash(&self, bucket: Bucket) -> [u8; 16];
}

/// Requests that one rule refused to one subject, counted within one minute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DenialCount {
    /// Its id.
    pub id: DenialId,
    /// The rule.
    pub rule: &'static str,
    /// Method and template of the route that was asked first, e.g. `POST /api/v1/auth/login`.
    pub endpoint: String,
    /// Kind of subject and its keyed hash, e.g. `address:0f3c…`; `None` for subjects too many to tell apart.
    pub identifier: Option<String>,
    /// Address of the first such request.
    pub address: Option<IpAddr>,
    /// The burst in force.
    pub limit: u32,
    /// Seconds in which an empty bucket fills.
    pub window_seconds: u32,
    /// How many there were.
    pub count: u32,
    /// Beginning of the minute.
    pub minute: Timestamp,
}

/// The record of refused requests, inside a unit of work. It is only ever appended to.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait DenialRepository: Send {
    /// Appends these counts.
    async fn append(&mut self, counts: &[DenialCount], now: Timestamp) -> Result<(), StoreError>;
}

#[cfg(test)]
#[path = "rate_limit_tests.rs"]
mod tests;
