#![doc = include_str!("../README.md")]

mod gate;
mod link;
mod rate_limiter;
mod session_cache;

use std::{fmt, sync::Arc, time::Duration};

use dashtam_domain::{
    identity::SessionCache,
    rate_limit::{Bucket, BucketHasher, RateLimiter, Subject},
    secret::SecretText,
};
use deadpool_redis::redis::{Client, IntoConnectionInfo};
use tokio::{sync::mpsc, task::AbortHandle};

use crate::{
    gate::Gate,
    link::Link,
    rate_limiter::RedisRateLimiter,
    session_cache::{Announcer, QUEUE, SharedSessionCache},
};

/// What this crate needs to share limits and revocations.
pub struct Options {
    /// The address: `redis://[user][:password@]host[:port][/database]`, or `rediss://` for TLS.
    pub url: SecretText,
    /// The text that begins the name of every key and channel.
    pub prefix: String,
    /// Gives a bucket its name, which has to be the same on every replica.
    pub hasher: Arc<dyn BucketHasher>,
    /// The limiter that decides while Redis cannot.
    pub fallback: Arc<dyn RateLimiter>,
    /// The session cache of this process.
    pub sessions: Arc<dyn SessionCache>,
    /// An id that tells this replica from the others.
    pub replica: uuid::Uuid,
    /// The longest wait for an answer, so that no request is held up by a server that fell silent.
    pub patience: Duration,
}

impl Options {
    /// The usual beginning of all keys.
    pub const PREFIX: &'static str = "dashtam:";
}

/// The text is not the address of a Redis server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the address must be redis://[user][:password@]host[:port][/database], or rediss:// for TLS")]
pub struct AddressError;

/// The shared limiter and session cache. The connection is kept as long as this value lives.
pub struct Shared {
    limiter: Arc<RedisRateLimiter>,
    sessions: Arc<SharedSessionCache>,
    gate: Arc<Gate>,
    keeper: AbortHandle,
}

/// Whether the text is an address of a Redis server.
pub fn is_address(url: &str) -> bool {
    url.into_connection_info().is_ok()
}

/// Begins to share. This waits a moment for the server and goes on without it; the connection is made when the server
/// is there. Call it inside the runtime that outlives the requests, because the connections live on it.
pub async fn connect(options: Options) -> Result<Shared, AddressError> {
    let Options { url, prefix, hasher, fallback, sessions, replica, patience } = options;
    let client = Client::open(url.expose()).map_err(|_| AddressError)?;
    let pool = link::pool(url.expose(), patience).map_err(|_| AddressError)?;
    let gate = Arc::new(Gate::new());
    let (outgoing, queue) = mpsc::channel(QUEUE);
    // Installations on one server do not hear each other: the channel's name hangs on the secret key.
    let installation = hasher.hash(Bucket { rule: "sessions", subject: Subject::Secret([0; 16]) });
    let channel = format!("{prefix}forget:{}", rate_limiter::hex(installation));
    let announcer = Announcer::new(outgoing);
    let limiter = RedisRateLimiter::new(pool.clone(), gate.clone(), hasher, fallback, prefix, patience);
    let probe = limiter.probe();
    let link = Link {
        client,
        pool,
        gate: gate.clone(),
        channel,
        replica,
        sessions: sessions.clone(),
        overflow: announcer.overflow(),
        queue,
        probe,
        patience,
    };
    let keeper = tokio::spawn(link.keep()).abort_handle();
    gate.settled().await;
    Ok(Shared {
        limiter: Arc::new(limiter),
        sessions: Arc::new(SharedSessionCache::new(sessions, announcer)),
        gate,
        keeper,
    })
}

impl Shared {
    /// The limiter that counts for all replicas together.
    pub fn rate_limiter(&self) -> Arc<dyn RateLimiter> {
        self.limiter.clone()
    }

    /// The session cache of this process, which tells the other replicas what it forgets and forgets what they tell.
    pub fn session_cache(&self) -> Arc<dyn SessionCache> {
        self.sessions.clone()
    }

    /// Whether Redis is connected at this moment.
    pub fn is_connected(&self) -> bool {
        self.gate.is_open()
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("connected", &self.is_connected()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}
