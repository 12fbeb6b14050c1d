//! Looks after the connection: opens it, listens on it, notices its end, and opens it again.

use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use dashtam_domain::identity::SessionCache;
use deadpool_redis::{
    Manager, Pool, Runtime,
    redis::{AsyncCommands, AsyncConnectionConfig, Client},
};
use futures_util::{Stream, StreamExt};
use tokio::{
    sync::mpsc,
    time::{interval, sleep, timeout},
};
use uuid::Uuid;

use crate::{
    gate::{Gate, Trouble, in_time},
    rate_limiter::Probe,
    session_cache::{self, Forget},
};

/// The longest wait for a new connection, with TLS.
const CONNECT: Duration = Duration::from_secs(2);
/// The first and the longest pause between attempts to connect.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));
/// A connection that lasted this long was a good one: after it the pauses begin anew.
const GOOD: Duration = Duration::from_secs(10);
/// How often a replica makes sure that it hears what is said.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// The number of connections for commands.
const CONNECTIONS: usize = 8;

pub(crate) fn pool(url: &str, patience: Duration) -> Result<Pool, ()> {
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(CONNECT))
        .set_response_timeout(Some(patience));
    let manager = Manager::new_with_config(url, config).map_err(drop)?;
    Pool::builder(manager)
        .max_size(CONNECTIONS)
        .wait_timeout(Some(patience))
        .create_timeout(Some(CONNECT))
        .recycle_timeout(Some(patience))
        .runtime(Runtime::Tokio1)
        .build()
        .map_err(drop)
}

/// Keeps one replica connected.
pub(crate) struct Link {
    pub(crate) client: Client,
    pub(crate) pool: Pool,
    pub(crate) gate: Arc<Gate>,
    pub(crate) channel: String,
    pub(crate) replica: Uuid,
    pub(crate) sessions: Arc<dyn SessionCache>,
    pub(crate) overflow: Arc<AtomicBool>,
    pub(crate) queue: mpsc::Receiver<Forget>,
    pub(crate) probe: Probe,
    pub(crate) patience: Duration,
}

impl Link {
    /// Connects, and connects again whenever the connection is lost, without end.
    pub(crate) async fn keep(mut self) {
        let mut pause = PAUSES.0;
        let mut told = false;
        loop {
            let started = Instant::now();
            let trouble = match self.open().await {
                Ok(messages) => {
                    self.gate.connected();
                    told = true;
                    self.serve(messages).await
                }
                Err(trouble) => trouble,
            };
            if !told {
                // The gate was never open, so that its own line is not written.
                let cause = trouble.to_string();
                tracing::warn!(cause, "Redis cannot be reached: each replica limits by itself until it can");
                told = true;
            }
            self.gate.report(trouble);
            self.gate.settle();
            // Connections of before may be dead and not know it yet.
            self.pool.retain(|_, _| false);
            if started.elapsed() >= GOOD {
                pause = PAUSES.0;
            }
            sleep(pause).await;
            pause = (pause * 2).min(PAUSES.1);
        }
    }

    /// Listens, then makes sure that limits can be counted. What was missed while nobody listened is made up for by
    /// forgetting everything.
    async fn open(&self) -> Result<impl Stream<Item = String> + use<>, Trouble> {
        let subscribe = async {
            let mut subscription = self.client.get_async_pubsub().await?;
            subscription.subscribe(&self.channel).await?;
            Ok::<_, Trouble>(subscription.into_on_message())
        };
        let messages = timeout(CONNECT, subscribe).await.unwrap_or(Err(Trouble::Silent))?;
        self.sessions.forget_all();
        self.fill().await?;
        self.probe.run().await?;
        Ok(messages.map(|message| message.get_payload().unwrap_or_default()))
    }

    /// Opens every connection of the pool from here, so that they live on this runtime: a server's worker that is
    /// busy with something long would hold up the answers to all others.
    async fn fill(&self) -> Result<(), Trouble> {
        let opening = (0..CONNECTIONS).map(|_| self.pool.get());
        futures_util::future::try_join_all(opening).await?;
        Ok(())
    }

    /// Passes messages in both directions until something fails, and returns what failed.
    async fn serve(&mut self, messages: impl Stream<Item = String>) -> Trouble {
        let gate = self.gate.clone();
        let mut messages = pin!(messages);
        let mut heartbeat = interval(HEARTBEAT);
        heartbeat.reset();
        let mut heard = true;
        loop {
            if self.overflow.swap(false, Ordering::AcqRel)
                && let Err(trouble) = self.publish(Forget::All.to_message(self.replica)).await
            {
                self.overflow.store(true, Ordering::Release);
                return trouble;
            }
            tokio::select! {
                message = messages.next() => match message {
                    Some(message) => {
                        heard = true;
                        if let Some(forget) = Forget::from_message(&message, self.replica) {
                            forget.apply(&*self.sessions);
                        }
                    }
                    None => return Trouble::Ended,
                },
                Some(forget) = self.queue.recv() => {
                    if let Err(trouble) = self.publish(forget.to_message(self.replica)).await {
                        // Lost, and so perhaps are others: everything is said once there is a connection again.
                        self.overflow.store(true, Ordering::Release);
                        return trouble;
                    }
                }
                () = gate.shut.notified() => {
                    // A report of the time before this connection is old news.
                    if !gate.is_open() {
                        return Trouble::Ended;
                    }
                }
                _ = heartbeat.tick() => {
                    if !std::mem::take(&mut heard) {
                        return Trouble::Silent;
                    }
                    let message = format!("{}{}", self.replica, session_cache::HEARTBEAT);
                    if let Err(trouble) = self.publish(message).await {
                        return trouble;
                    }
                }
            }
        }
    }

    async fn publish(&self, message: String) -> Result<(), Trouble> {
        in_time(self.patience, async {
            let mut connection = self.pool.get().await?;
            let _heard: u64 = connection.publish(&self.channel, message).await?;
            Ok(())
        })
        .await
    }
}
