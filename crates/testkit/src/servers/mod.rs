//! Real servers for tests: started from the programs a machine has installed, gone when the test process is.
//!
//! A test asks for a server and gets it, or a [`Skip`] that says what is missing. Where skipping would hide
//! something (in CI), `DASHTAM_REQUIRE_SERVERS=1` turns every skip into a failure.

pub mod mail;
pub mod postgres;
pub mod redis;

pub use mail::MailServer;
pub use postgres::{Database, Postgres, Template};
pub use redis::Redis;

use std::fmt;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Set to `1`: a server that cannot be had fails the test instead of skipping it.
pub const REQUIRE_SERVERS: &str = "DASHTAM_REQUIRE_SERVERS";

/// Why a test cannot have the server it asked for, and what would change that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skip {
    /// What is missing on this machine.
    pub reason: String,
    /// What to do so that the test runs.
    pub how_to_install: String,
}

impl Skip {
    /// Says on standard error that `test` did not run. It goes around the capturing of test output, because a
    /// skip that nobody sees looks like a pass.
    pub fn announce(&self, test: &str) {
        // A closed standard error loses the notice and nothing else.
        let _ = writeln!(std::io::stderr(), "SKIPPED {test}: {self}");
    }
}

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; to run it: {}", self.reason, self.how_to_install)
    }
}

/// Hands on what was found; where servers are required, a skip ends the test.
fn unless_required<T>(found: Result<T, Skip>, required: bool) -> Result<T, Skip> {
    if let (Err(skip), true) = (&found, required) {
        panic_with(&format!("{REQUIRE_SERVERS}=1, but {skip}"));
    }
    found
}

fn servers_are_required() -> bool {
    std::env::var(REQUIRE_SERVERS).is_ok_and(|value| value == "1")
}

/// Where a program is: on the search path, else in one of the `elsewhere` folders.
fn find_program(name: &str, search_path: Option<&std::ffi::OsStr>, elsewhere: &[PathBuf]) -> Option<PathBuf> {
    let on_path = search_path.map(|path| std::env::split_paths(path).collect::<Vec<_>>()).unwrap_or_default();
    on_path.iter().chain(elsewhere).map(|folder| folder.join(name)).find(|file| is_program(file))
}

fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    file.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

/// A port on loopback that nothing listens on at this moment. Somebody else may take it before the server does,
/// so whoever starts a server tries again with another.
fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("loopback has a free port");
    listener.local_addr().expect("a bound listener has an address").port()
}

#[expect(clippy::panic, reason = "test support: a failure here is a failed test")]
fn panic_with(message: &str) -> ! {
    panic!("{message}")
}
