//! A Postgres for tests: one server per test process, one migrated template, one cloned database per test.

mod admin;
mod cluster;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fmt::Display;
use std::future::Future;
use std::hash::{BuildHasher as _, RandomState};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tokio::sync::OnceCell;

use self::admin::{drop_database, quoted, run};
use self::cluster::Cluster;
use super::{Skip, servers_are_required, unless_required};

/// Names a server that is already running, as `postgres://user:password@host:port/database`. Its user must be
/// allowed to create databases.
pub const SERVER_URL: &str = "DASHTAM_TEST_POSTGRES_URL";

/// A Postgres server that tests may do anything with.
#[derive(Debug)]
pub struct Postgres {
    admin_url: String,
    /// Starts the name of every database made here, so that processes sharing a server do not meet.
    prefix: String,
    clones: AtomicU64,
    templates: Mutex<HashMap<String, Arc<OnceCell<Template>>>>,
    /// The server's life hangs on this; `None` when the server is somebody else's.
    cluster: Option<Cluster>,
}

/// A migrated database that is only ever copied.
#[derive(Debug, Clone)]
pub struct Template {
    name: String,
}

/// One test's own database, dropped with this value.
#[derive(Debug)]
pub struct Database {
    /// Where to connect to.
    pub url: String,
    name: String,
    admin_url: String,
}

impl Postgres {
    /// The server of this test process, started at the first call: the one in `DASHTAM_TEST_POSTGRES_URL`, else a
    /// throw-away one from the installed programs. It blocks while the server starts, a second or two.
    ///
    /// # Errors
    /// [`Skip`] when there is neither. A server that is installed but does not start is a failure, not a skip;
    /// so is a missing one where `DASHTAM_REQUIRE_SERVERS=1`.
    pub fn start_or_connect() -> Result<Arc<Self>, Skip> {
        static SERVER: OnceLock<Result<Arc<Postgres>, Skip>> = OnceLock::new();
        let found = SERVER.get_or_init(|| match std::env::var(SERVER_URL) {
            Ok(url) => {
                admin::sweep_leftovers(&url);
                Ok(Arc::new(Self::new(url, None)))
            }
            Err(_) => Cluster::start().map(|cluster| Arc::new(Self::new(cluster.url(), Some(cluster)))),
        });
        unless_required(found.clone(), servers_are_required())
    }

    /// A throw-away server that nobody else uses, for tests that break one.
    ///
    /// # Errors
    /// [`Skip`] when the programs are not installed.
    pub fn start_apart() -> Result<Self, Skip> {
        let found = Cluster::start().map(|cluster| Self::new(cluster.url(), Some(cluster)));
        unless_required(found, servers_are_required())
    }

    fn new(admin_url: String, cluster: Option<Cluster>) -> Self {
        // The hash of nothing under random keys is a random number, and needs no further crate.
        let random = RandomState::new().hash_one(());
        let prefix = admin::prefix(&admin_url, random);
        Self { admin_url, prefix, clones: AtomicU64::new(0), templates: Mutex::default(), cluster }
    }

    /// Whether this process started the server, rather than being given one.
    #[must_use]
    pub fn is_throw_away(&self) -> bool {
        self.cluster.is_some()
    }

    /// The log of a server started here, for a failure whose reason the client does not see.
    #[must_use]
    pub fn log(&self) -> Option<PathBuf> {
        self.cluster.as_ref().map(Cluster::log)
    }

    /// The template called `name`, created and migrated at the first call; later callers wait for the first and
    /// their `migrate` is not run. It gets the URL of an empty database.
    pub async fn template<M, F, E>(&self, name: &str, migrate: M) -> Template
    where
        M: FnOnce(String) -> F,
        F: Future<Output = Result<(), E>>,
        E: Display,
    {
        let cell = {
            let mut templates = self.templates.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(templates.entry(name.to_owned()).or_default())
        };
        cell.get_or_init(|| self.create_template(name, migrate)).await.clone()
    }

    async fn create_template<M, F, E>(&self, name: &str, migrate: M) -> Template
    where
        M: FnOnce(String) -> F,
        F: Future<Output = Result<(), E>>,
        E: Display,
    {
        let database = format!("{}_template_{name}", self.prefix);
        // An earlier attempt may have failed half way and left its database behind.
        drop_database(&self.admin_url, &database).await.expect("an unfinished template is dropped");
        run(&self.admin_url, &format!("CREATE DATABASE {} TEMPLATE template0", quoted(&database)))
            .await
            .expect("a template database is created");
        if let Err(error) = migrate(admin::url_of(&self.admin_url, &database)).await {
            super::panic_with(&format!("the template {name} is not migrated: {error}"));
        }
        // Postgres refuses to copy a database somebody is connected to. A migration's pool may linger, and
        // nobody has business in a template: shut the door, then show everybody out.
        let closed = format!("ALTER DATABASE {} WITH ALLOW_CONNECTIONS false", quoted(&database));
        run(&self.admin_url, &closed).await.expect("a template is closed to connections");
        admin::end_sessions(&self.admin_url, &database).await.expect("sessions on a template are ended");
        Template { name: database }
    }

    /// A new database with all that is in `template`.
    pub async fn clone_database(&self, template: &Template) -> Database {
        let name = format!("{}_{}", self.prefix, self.clones.fetch_add(1, Ordering::Relaxed));
        run(
            &self.admin_url,
            &format!("CREATE DATABASE {} TEMPLATE {}", quoted(&name), quoted(&template.name)),
        )
        .await
        .expect("a template is cloned");
        Database { url: admin::url_of(&self.admin_url, &name), name, admin_url: self.admin_url.clone() }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (admin_url, name) = (self.admin_url.clone(), self.name.clone());
        // A drop cannot await. The thread has a runtime of its own, because the test's may be the one that is
        // being shut down. A database that stays behind does no harm: the server goes, or a later run sweeps it.
        let dropping = std::thread::spawn(move || {
            let _ = admin::block_on(drop_database(&admin_url, &name));
        });
        let _ = dropping.join();
    }
}
