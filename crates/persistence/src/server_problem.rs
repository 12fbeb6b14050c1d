//! Why a Postgres server cannot be used, and what to do about it.
//!
//! A pool tries again and again until its patience ends and then says no more than that; so one connection is opened
//! before there is a pool, and what stops it is told at once.

use std::{
    fmt, io,
    time::{Duration, Instant},
};

use sqlx::{Connection as _, PgConnection, postgres::PgConnectOptions};

/// Between two questions to a server that is still starting.
const PAUSE: Duration = Duration::from_millis(200);

/// What stops the first connection, with the way out. Names the server, the role and the database; never a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}; {remedy}")]
pub struct ServerProblem {
    what: String,
    remedy: String,
}

/// Opens a connection and closes it again. A server that says that it is starting is given the time `wait`, and so is
/// one that says nothing.
///
/// # Errors
/// [`ServerProblem`] when no connection can be had.
pub(crate) async fn probe(options: &PgConnectOptions, wait: Duration) -> Result<(), ServerProblem> {
    let target = Target::of(options);
    let begun = Instant::now();
    loop {
        let left = wait.saturating_sub(begun.elapsed());
        match tokio::time::timeout(left, PgConnection::connect_with(options)).await {
            Ok(Ok(connection)) => {
                // What was to be known is known.
                let _ = connection.close().await;
                return Ok(());
            }
            Ok(Err(error)) if is_starting(&error) && begun.elapsed() + PAUSE < wait => {
                tokio::time::sleep(PAUSE).await;
            }
            Ok(Err(error)) => return Err(target.problem(&error)),
            Err(_) => return Err(target.silence(wait)),
        }
    }
}

fn is_starting(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(|error| error.code()).is_some_and(|code| code == "57P03")
}

/// Whom we wanted to talk to, and as whom.
struct Target<'a> {
    place: Place<'a>,
    role: &'a str,
    /// Postgres takes the role's name where none is given.
    database: &'a str,
}

enum Place<'a> {
    Network(&'a str, u16),
    Socket(&'a std::path::Path),
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network(host, port) => write!(f, "{host}:{port}"),
            Self::Socket(path) => write!(f, "the socket in {}", path.display()),
        }
    }
}

impl<'a> Target<'a> {
    fn of(options: &'a PgConnectOptions) -> Self {
        let place = match options.get_socket() {
            Some(path) => Place::Socket(path),
            None => Place::Network(options.get_host(), options.get_port()),
        };
        let role = options.get_username();
        Self { place, role, database: options.get_database().unwrap_or(role) }
    }

    fn silence(&self, wait: Duration) -> ServerProblem {
        ServerProblem {
            what: format!("{} does not answer within {} s", self.place, wait.as_secs()),
            remedy: "check the host and the port in the address, and that no firewall is in between"
                .to_owned(),
        }
    }

    fn problem(&self, error: &sqlx::Error) -> ServerProblem {
        let (what, remedy) = match error {
            sqlx::Error::Io(error) => self.unreachable(error),
            sqlx::Error::Tls(error) => (
                format!("no TLS with {}: {error}", self.place),
                "check sslmode and sslrootcert in the address, and the server's certificate".to_owned(),
            ),
            sqlx::Error::Database(error) => self.refused(&error.code().unwrap_or_default(), error.message()),
            other => (
                format!("{} cannot be talked to: {other}", self.place),
                "check that a Postgres server listens there".to_owned(),
            ),
        };
        ServerProblem { what, remedy }
    }

    fn unreachable(&self, error: &io::Error) -> (String, String) {
        let place = &self.place;
        match (error.kind(), place) {
            (io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound, _) => (
                format!("no Postgres server listens at {place} ({error})"),
                "start it, or correct the host and the port in the address".to_owned(),
            ),
            // The library of the system has no kind of error for this.
            (_, Place::Network(host, _)) if error.to_string().contains("lookup") => (
                format!("the host {host} is not known ({error})"),
                "correct the host in the address".to_owned(),
            ),
            _ => (
                format!("{place} cannot be reached ({error})"),
                "check the host and the port in the address, and the network in between".to_owned(),
            ),
        }
    }

    /// What the server answered. The codes are Postgres's own and the same in every language it speaks.
    fn refused(&self, code: &str, message: &str) -> (String, String) {
        let Self { place, role, database } = self;
        match code {
            "28P01" => (
                format!("the server at {place} does not take this password for the role {role} ({message})"),
                format!(
                    "correct the password in the address, make the role (createuser --pwprompt {role}), or give it \
                     this password (ALTER ROLE {role} PASSWORD '…')"
                ),
            ),
            "28000" => (
                format!("the server at {place} does not let the role {role} in ({message})"),
                format!(
                    "make the role (createuser --pwprompt {role}), correct it in the address, or allow it in \
                     pg_hba.conf"
                ),
            ),
            "3D000" => (
                format!("the server at {place} has no database {database} ({message})"),
                format!("make it (createdb --owner {role} {database}), or correct its name in the address"),
            ),
            "42501" => (
                format!("the role {role} may not use the database {database} at {place} ({message})"),
                format!("make it the owner: ALTER DATABASE {database} OWNER TO {role}"),
            ),
            "53300" => (
                format!("the server at {place} has no connection left ({message})"),
                "raise its max_connections, or lower database.max_connections of every server".to_owned(),
            ),
            "57P03" => (
                format!("the server at {place} takes no connections now ({message})"),
                "look at its log; if it is still starting, try again when it is up".to_owned(),
            ),
            code => (
                format!("the server at {place} refuses the connection ({message}, code {code})"),
                "look at its log".to_owned(),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WAIT: Duration = Duration::from_secs(5);

    fn options(port: u16) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .host("127.0.0.1")
            .port(port)
            .username("me")
            .password("hunter2")
            .database("books")
    }

    /// A server that reads what comes first and then says this.
    async fn server_that_says(code: &'static str, times: usize) -> u16 {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            for _ in 0..times {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut head = [0; 8];
                // The wish for TLS, which is not granted; then the wish for a session.
                stream.read_exact(&mut head).await.unwrap();
                stream.write_all(b"N").await.unwrap();
                let _ = stream.read(&mut [0; 512]).await.unwrap();
                let fields = format!("SFATAL\0VFATAL\0C{code}\0Msaid in full\0\0");
                let length = u32::try_from(fields.len() + 4).unwrap().to_be_bytes();
                stream.write_all(&[b"E", length.as_slice(), fields.as_bytes()].concat()).await.unwrap();
            }
        });
        port
    }

    #[tokio::test]
    async fn what_the_server_says_comes_with_a_way_out_and_without_the_password() {
        for (code, remedy) in [
            ("28P01", "ALTER ROLE me PASSWORD"),
            ("28000", "createuser --pwprompt me"),
            ("3D000", "createdb --owner me books"),
            ("42501", "ALTER DATABASE books OWNER TO me"),
            ("53300", "database.max_connections"),
            ("XX000", "look at its log"),
        ] {
            let port = server_that_says(code, 1).await;
            let said = probe(&options(port), WAIT).await.unwrap_err().to_string();
            assert!(said.contains(remedy) && said.contains("said in full"), "{code}: {said}");
            assert!(said.contains(&format!("127.0.0.1:{port}")) && !said.contains("hunter2"), "{said}");
        }
    }

    #[tokio::test]
    async fn a_server_that_is_starting_is_waited_for_and_no_other() {
        let port = server_that_says("57P03", 2).await;
        let begun = Instant::now();
        let said = probe(&options(port), Duration::from_millis(300)).await.unwrap_err().to_string();
        assert!(said.contains("takes no connections now"), "{said}");
        assert!(begun.elapsed() >= PAUSE, "it was asked twice");

        let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
        let begun = Instant::now();
        let said = probe(&options(closed), WAIT).await.unwrap_err().to_string();
        assert!(said.contains("no Postgres server listens at") && said.contains("refused"), "{said}");
        assert!(begun.elapsed() < Duration::from_secs(2), "told at once");
    }

    #[tokio::test]
    async fn a_server_that_says_nothing_is_left_after_a_while() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let options = options(listener.local_addr().unwrap().port());
        let said = probe(&options, Duration::from_millis(200)).await.unwrap_err().to_string();
        assert!(said.contains("does not answer within") && said.contains("firewall"), "{said}");
    }

    #[tokio::test]
    async fn a_host_nobody_knows_and_a_socket_that_is_not_there_are_named() {
        let unknown = options(5432).host("no-such-host.invalid");
        let said = probe(&unknown, WAIT).await.unwrap_err().to_string();
        assert!(said.contains("no-such-host.invalid"), "{said}");
        let folder = tempfile::tempdir().unwrap();
        let socket = options(5432).socket(folder.path());
        let said = probe(&socket, WAIT).await.unwrap_err().to_string();
        assert!(said.contains(&folder.path().display().to_string()), "{said}");
    }
}
