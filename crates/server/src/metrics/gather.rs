//! What is not counted as it happens, but looked at when somebody asks.

use std::sync::{Arc, atomic::AtomicU64};

use dashtam_api::Admission;
use dashtam_application::{Dashtam, upkeep::MeasureBacklog};
use dashtam_domain::{call::Call, delivery::Due, sources::Clock};
use dashtam_persistence::Database;
use dashtam_security::Argon2Hasher;
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::{Registry, Unit},
};

/// A gauge for a value that may be a fraction, or not a number.
type Measure = Gauge<f64, AtomicU64>;

/// The places where figures are looked up.
#[derive(Clone)]
pub(crate) struct Sources {
    pub(crate) dashtam: Dashtam,
    pub(crate) database: Database,
    pub(crate) hasher: Arc<Argon2Hasher>,
    /// `None` in a process that answers no requests.
    pub(crate) admission: Option<Arc<Admission>>,
    pub(crate) clock: Arc<dyn Clock>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Connections {
    pool: &'static str,
    state: &'static str,
}

/// The figures that are looked up at each request for them.
pub(super) struct Gauges {
    pool: Family<Connections, Gauge>,
    hashing: [Gauge; 2],
    clients: Gauge,
    turned_away: Counter,
    mails: Queue,
    dead_mails: Measure,
    syncs: Queue,
    connections: Queue,
}

/// The figures of a queue of work.
struct Queue {
    waiting: Measure,
    lag: Measure,
}

impl Queue {
    fn register(registry: &mut Registry, name: &str, what: &str) -> Self {
        let queue = Self { waiting: Measure::default(), lag: Measure::default() };
        registry.register(format!("{name}_due"), format!("{what} that are due"), queue.waiting.clone());
        let about = format!("How long the oldest of the {what} has been due");
        registry.register_with_unit(format!("{name}_lag"), about, Unit::Seconds, queue.lag.clone());
        queue
    }

    /// Sets the figures, to "not a number" if nothing could be found out.
    fn set(&self, found: Option<Due>, call: &Call) {
        let (waiting, lag) = match found {
            Some(Due { count, oldest }) => {
                let lag = oldest.map_or(0, |oldest| call.now.since(oldest).num_milliseconds().max(0));
                (count as f64, lag as f64 / 1000.0)
            }
            None => (f64::NAN, f64::NAN),
        };
        self.waiting.set(waiting);
        self.lag.set(lag);
    }
}

impl Gauges {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let mut gauge = |name: &str, about: &str| {
            let gauge = Gauge::default();
            registry.register(name, about, gauge.clone());
            gauge
        };
        let hashing = [
            gauge("password_hashes_running", "Password hashes that are computed now"),
            gauge("password_hashes_waiting", "Password hashes that wait for their turn"),
        ];
        let clients = gauge("http_connections", "Connections of clients that are open");
        let turned_away = Counter::default();
        let about = "Connections and forwarded requests for which there was no room";
        registry.register("http_connections_turned_away", about, turned_away.clone());
        let pool = Family::default();
        registry.register("database_connections", "Connections to the database, by use", pool.clone());
        let mails = Queue::register(registry, "mail", "events and mails");
        let dead_mails = Measure::default();
        registry.register("mail_dead", "Mails that were given up", dead_mails.clone());
        let syncs = Queue::register(registry, "sync", "synchronisations");
        let connections = Queue::register(registry, "sync_plan", "connections to synchronise");
        Self { pool, hashing, clients, turned_away, mails, dead_mails, syncs, connections }
    }

    pub(super) async fn look(&self, sources: &Sources) {
        for pool in sources.database.pools() {
            for (state, count) in [("idle", pool.idle), ("used", pool.used), ("most", pool.most)] {
                self.pool.get_or_create(&Connections { pool: pool.name, state }).set(count.into());
            }
        }
        let load = sources.hasher.load();
        for (gauge, count) in self.hashing.iter().zip([load.running, load.waiting]) {
            gauge.set(i64::try_from(count).unwrap_or(i64::MAX));
        }
        if let Some(admission) = &sources.admission {
            let occupied = admission.occupied();
            self.clients.set(i64::try_from(occupied.open).unwrap_or(i64::MAX));
            self.turned_away.inner().store(occupied.turned_away, std::sync::atomic::Ordering::Relaxed);
        }
        let call = Call::system(sources.clock.now());
        let backlog = sources.dashtam.upkeep().measure_backlog(&call, MeasureBacklog).await;
        if let Err(error) = &backlog {
            tracing::warn!(error = error as &dyn std::error::Error, "what is due could not be looked at");
        }
        let backlog = backlog.ok();
        self.mails.set(backlog.map(|backlog| backlog.mails), &call);
        self.syncs.set(backlog.map(|backlog| backlog.syncs), &call);
        self.connections.set(backlog.map(|backlog| backlog.connections), &call);
        self.dead_mails.set(backlog.map_or(f64::NAN, |backlog| backlog.dead_mails as f64));
    }
}
