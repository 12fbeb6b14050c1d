//! Whether Redis can be used, and what kept it from doing what it was asked.

use std::{
    fmt,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use deadpool_redis::{PoolError, redis::RedisError};
use tokio::{
    sync::{Notify, watch},
    time::timeout,
};

/// Why Redis could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    #[error("no answer in time")]
    Silent,
    #[error("{0}")]
    Server(#[from] RedisError),
    #[error("no connection: {0}")]
    Connection(#[from] PoolError),
    #[error("the connection ended")]
    Ended,
}

/// Waits for an answer of Redis, no longer than `patience`.
pub(crate) async fn in_time<T>(
    patience: Duration,
    work: impl Future<Output = Result<T, Trouble>>,
) -> Result<T, Trouble> {
    timeout(patience, work).await.unwrap_or(Err(Trouble::Silent))
}

/// Whether Redis is used: open after a successful probe, shut by the first failure. While it is shut, requests do not
/// even try.
pub(crate) struct Gate {
    open: AtomicBool,
    /// False until the first attempt to connect is over.
    settled: watch::Sender<bool>,
    pub(crate) shut: Notify,
}

impl Gate {
    pub(crate) fn new() -> Self {
        Self { open: AtomicBool::new(false), settled: watch::Sender::new(false), shut: Notify::new() }
    }

    pub(crate) fn is_open(&self) -> bool {
        self.open.load(Ordering::Acquire)
    }

    /// Shuts the gate because of a failure and wakes whoever keeps the connection. One line in the log, whoever
    /// many requests fail together.
    pub(crate) fn report(&self, trouble: Trouble) {
        if self.open.swap(false, Ordering::AcqRel) {
            let cause = trouble.to_string();
            tracing::warn!(cause, "Redis is lost: each replica limits by itself until it is back");
        }
        self.shut.notify_one();
    }

    pub(crate) fn connected(&self) {
        if !self.open.swap(true, Ordering::AcqRel) {
            tracing::info!("Redis is connected: limits and revocations are shared");
        }
        self.settle();
    }

    pub(crate) fn settle(&self) {
        self.settled.send_replace(true);
    }

    /// Waits until the first attempt to connect is over.
    pub(crate) async fn settled(&self) {
        // The sender lives as long as this value, so waiting cannot fail.
        let _ = self.settled.subscribe().wait_for(|settled| *settled).await;
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").field("open", &self.is_open()).finish_non_exhaustive()
    }
}
