//! What a bank is started with.

use std::{fmt, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use chrono::{DateTime, NaiveDate, Utc};
use subtle::ConstantTimeEq;

/// Tells the time by which codes and tokens expire.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;
/// Tells the bank's day, up to which accounts are kept.
pub type Today = Arc<dyn Fn() -> NaiveDate + Send + Sync>;

/// An application that may ask customers for access.
#[derive(Clone)]
pub struct Client {
    pub(crate) id: String,
    secret: String,
    pub(crate) redirect_uris: Vec<String>,
}

impl Client {
    /// An application with its credentials and the exact addresses its users may be sent back to.
    pub fn new(
        id: impl Into<String>,
        secret: impl Into<String>,
        redirect_uris: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        let redirect_uris = redirect_uris.into_iter().map(Into::into).collect();
        Self { id: id.into(), secret: secret.into(), redirect_uris }
    }

    pub(crate) fn has_secret(&self, presented: &str) -> bool {
        self.secret.as_bytes().ct_eq(presented.as_bytes()).into()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut client = f.debug_struct("Client");
        client.field("id", &self.id).field("redirect_uris", &self.redirect_uris).finish_non_exhaustive()
    }
}

/// How a bank is started.
#[derive(Clone)]
pub struct Options {
    /// The address to listen on. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// The seed from which all data follows.
    pub seed: u64,
    /// The clock of the bank.
    pub clock: Clock,
    /// The bank's day; the clock's day in UTC when not set.
    pub today: Option<Today>,
    /// The applications that are registered at the bank.
    pub clients: Vec<Client>,
    /// How much longer the lever `slow` makes a data call.
    pub slow_delay: Duration,
    /// Where grants are kept over a restart; in memory only when not set. One bank writes it at a time.
    pub state_file: Option<PathBuf>,
}

impl Options {
    /// A bank without clients on a free port of the loopback interface.
    pub fn new(seed: u64, clock: Clock) -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            seed,
            clock,
            today: None,
            clients: Vec::new(),
            slow_delay: Duration::from_secs(3),
            state_file: None,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("listen", &self.listen)
            .field("seed", &self.seed)
            .field("clients", &self.clients)
            .field("slow_delay", &self.slow_delay)
            .field("state_file", &self.state_file)
            .finish_non_exhaustive()
    }
}
