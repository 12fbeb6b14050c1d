//! The engines a server is tested on: SQLite, and a throw-away Postgres.

use std::sync::{Arc, Weak};

use dashtam_testkit::servers::Postgres;
use tokio::sync::Mutex;

use crate::{Place, Server, secrets};

/// A database engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// A file in the data directory.
    Sqlite,
    /// A server.
    Postgres,
}

impl Engine {
    /// A new, empty place; `None`, with a notice that `test` did not run, where there is no such engine.
    pub async fn place(self, test: &str) -> Option<Place> {
        if self == Self::Sqlite {
            return Some(Place::sqlite());
        }
        let found = tokio::task::spawn_blocking(Postgres::start_or_connect).await;
        let postgres = match found.expect("looking for Postgres does not fail") {
            Ok(postgres) => postgres,
            Err(skip) => {
                skip.announce(test);
                return None;
            }
        };
        // The program migrates at its start; that is a part of what is tested.
        let template = postgres.template("e2e", async |_| Ok::<_, String>(())).await;
        let database = postgres.clone_database(&template).await;
        if let Some(password) = url::Url::parse(&database.url).ok().as_ref().and_then(|url| url.password()) {
            secrets::plant(password);
        }
        Some(Place::new(Some(Arc::new(database))))
    }

    /// A running server that tests share: each has a user of its own there. It goes when no test has it any more.
    pub async fn shared(self, test: &str) -> Option<Arc<Server>> {
        static SHARED: [Mutex<Weak<Server>>; 2] =
            [Mutex::const_new(Weak::new()), Mutex::const_new(Weak::new())];
        let mut shared = SHARED[self as usize].lock().await;
        if let Some(running) = shared.upgrade() {
            return Some(running);
        }
        let server = Arc::new(Server::start(&self.place(test).await?));
        *shared = Arc::downgrade(&server);
        Some(server)
    }
}
