//! The wire between processes: what others write is heard of here, from the server where it tells, and by looking
//! otherwise.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use dashtam_domain::{id::UserId, live::LiveBell, store::Storage};
use sqlx::{
    PgPool,
    pool::PoolOptions,
    postgres::{PgListener, PgNotification},
};
use tokio::time::sleep;

use crate::{connect::Database, pool::Pool};

const CHANNEL: &str = "dashtam_live";
/// How long a server that does not let itself be heard is left alone.
const AGAIN: Duration = Duration::from_secs(1);
/// How often is looked while nobody tells.
const LOOK: Duration = Duration::from_secs(1);
/// How often is looked all the same while the server tells: a proxy of connections may take `LISTEN` and never tell, and who
/// committed may have died before it told.
const LOOK_ANYWAY: Duration = Duration::from_secs(10);

/// Rings the bell of this process for what other processes write.
pub struct LiveWire {
    storage: Storage,
    bell: Arc<dyn LiveBell>,
    /// Where the server tells of it.
    server: Option<PgPool>,
    is_told: AtomicBool,
}

impl fmt::Debug for LiveWire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveWire").field("is_told", &self.is_told()).finish_non_exhaustive()
    }
}

impl Database {
    /// A wire to this bell.
    pub fn live_wire(&self, bell: Arc<dyn LiveBell>) -> LiveWire {
        // A connection of its own, so that none is missing where others are waited for. It lives as long as it may.
        let own = |pool: &PgPool| {
            let options = PoolOptions::new().max_connections(1).max_lifetime(None).idle_timeout(None);
            options.connect_lazy_with((*pool.connect_options()).clone())
        };
        let server = match self.reader() {
            Pool::Postgres(pool) => Some(own(pool)),
            Pool::Sqlite(_) => None,
        };
        LiveWire { storage: self.storage.clone(), bell, server, is_told: AtomicBool::new(false) }
    }
}

impl LiveWire {
    /// Whether the server tells at present.
    pub fn is_told(&self) -> bool {
        self.is_told.load(Ordering::Relaxed)
    }

    /// Rings for as long as it is polled. It survives whatever happens to the server.
    pub async fn run(&self) {
        match &self.server {
            Some(server) => tokio::join!(self.look(), self.listen(server)).0,
            None => self.look().await,
        }
    }

    /// Looks at the clocks of all who are followed, one look for all of them.
    async fn look(&self) {
        loop {
            sleep(if self.is_told() { LOOK_ANYWAY } else { LOOK }).await;
            let followed = self.bell.followed();
            if followed.is_empty() {
                continue;
            }
            match self.storage.queries.live_clocks(&followed).await {
                Ok(clocks) => clocks.iter().for_each(|(owner, clock)| self.bell.ring(*owner, clock.seq)),
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "the clocks cannot be looked at"
                    );
                }
            }
        }
    }

    /// Rings for what the server tells.
    async fn listen(&self, server: &PgPool) {
        loop {
            let Err(error) = self.hear(server).await;
            if self.is_told.swap(false, Ordering::Relaxed) {
                tracing::warn!(%error, "the database server does not tell of changes any more; they are looked for");
            }
            sleep(AGAIN).await;
        }
    }

    /// Hears what the server tells, until it cannot be heard.
    async fn hear(&self, server: &PgPool) -> Result<std::convert::Infallible, sqlx::Error> {
        let mut listener = PgListener::connect_with(server).await?;
        listener.listen(CHANNEL).await?;
        loop {
            // Nobody told while nobody heard.
            self.is_told.store(true, Ordering::Relaxed);
            self.bell.ring_all();
            while let Some(told) = listener.try_recv().await? {
                if let Some((owner, seq)) = read(&told) {
                    self.bell.ring(owner, seq);
                }
            }
            tracing::info!(
                "the connection by which the database server tells of changes was lost and made anew"
            );
        }
    }
}

/// Whose events there are, up to which number.
fn read(told: &PgNotification) -> Option<(UserId, i64)> {
    let (owner, seq) = told.payload().split_once(' ')?;
    Some((owner.parse().ok()?, seq.parse().ok()?))
}
