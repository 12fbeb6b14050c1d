//! A cluster of our own: made in a temporary folder, watched by a small shell that outlives this process.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use super::super::{Skip, find_program, free_port, panic_with};

/// The shell's program. It stops the server and removes the folder when the pipe from this process closes: a value
/// in a `static` is never dropped, a panic may abort, and a kill asks nobody, but the kernel closes pipes always.
const SUPERVISE: &str = include_str!("supervise.sh");

/// Written by the server, once it gets as far as trying its port.
const SERVER_LOG: &str = "server.log";

/// How often another process may take the port we picked before we give up.
const ATTEMPTS: usize = 5;

/// A running throw-away server. It runs until this value is dropped or the process ends.
#[derive(Debug)]
pub(super) struct Cluster {
    port: u16,
    folder: PathBuf,
    supervisor: Child,
    /// Closing it is what ends the server.
    pipe: Option<ChildStdin>,
}

impl Cluster {
    /// Makes and starts one.
    pub(super) fn start() -> Result<Self, Skip> {
        Self::start_with(std::env::var_os("PATH").as_deref(), &usual_places(), is_root())
    }

    pub(super) fn start_with(path: Option<&OsStr>, places: &[PathBuf], root: bool) -> Result<Self, Skip> {
        let programs = programs(path, places)?;
        let (mut supervisor, folder) = supervise(&programs, root)?;
        let mut pipe = supervisor.stdin.take().expect("standard input is piped");
        let mut answers = BufReader::new(supervisor.stdout.take().expect("standard output is piped")).lines();

        for _ in 0..ATTEMPTS {
            let port = free_port();
            writeln!(pipe, "{port}").expect("the supervisor reads");
            match answers.next() {
                Some(Ok(answer)) if answer == "ready" => {
                    return Ok(Self { port, folder, supervisor, pipe: Some(pipe) });
                }
                _ if folder.join(SERVER_LOG).exists() => {}
                _ => break,
            }
        }
        let logs = logs(&folder);
        drop(pipe);
        let _ = supervisor.wait();
        panic_with(&format!("Postgres is installed in {} but does not start:\n{logs}", programs.display()))
    }

    /// Where to connect to as its superuser.
    pub(super) fn url(&self) -> String {
        format!("postgres://dashtam@127.0.0.1:{}/postgres?sslmode=disable", self.port)
    }

    /// What the server says about itself.
    pub(super) fn log(&self) -> PathBuf {
        self.folder.join(SERVER_LOG)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.pipe.take());
        let _ = self.supervisor.wait();
    }
}

/// Starts the shell that makes, and one day removes, a cluster in the folder it comes with.
fn supervise(programs: &Path, root: bool) -> Result<(Child, PathBuf), Skip> {
    let owner = if root { another_user()? } else { "" };
    // Root's own temporary folder may be closed to the server's user; this one is open to everybody.
    let parent = if root { PathBuf::from("/tmp") } else { std::env::temp_dir() };
    let folder = tempfile::Builder::new()
        .prefix("dashtam-postgres-")
        .tempdir_in(parent)
        .expect("a temporary folder is made")
        .keep();
    let supervisor = Command::new("/bin/sh")
        .args(["-c", SUPERVISE, "supervise"])
        .args([folder.as_os_str(), programs.as_os_str(), OsStr::new(owner)])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        // A group of its own: a signal to the test's group must not take the one who cleans up.
        .process_group(0)
        .spawn()
        .expect("a shell starts");
    Ok((supervisor, folder))
}

/// A supervisor as a test process leaves it behind that is killed before its server is up.
#[cfg(test)]
pub(super) fn abandoned_while_starting() -> Result<(Child, PathBuf), Skip> {
    let programs = programs(std::env::var_os("PATH").as_deref(), &usual_places())?;
    let (mut supervisor, folder) = supervise(&programs, is_root())?;
    writeln!(supervisor.stdin.take().expect("standard input is piped"), "{}", free_port()).expect("it reads");
    drop(supervisor.stdout.take());
    Ok((supervisor, folder))
}

/// The folder that has both programs a cluster needs.
fn programs(path: Option<&OsStr>, places: &[PathBuf]) -> Result<PathBuf, Skip> {
    let folder = find_program("initdb", path, places)
        // A link on the search path is fine, but the server finds its own files beside the real program.
        .and_then(|file| file.canonicalize().ok())
        .and_then(|file| file.parent().map(Path::to_path_buf))
        .filter(|folder| super::super::is_program(&folder.join("pg_ctl")));
    folder.ok_or_else(|| Skip {
        reason: "no Postgres server is installed (initdb and pg_ctl are neither on the search path nor in the \
                 usual places)"
            .to_owned(),
        how_to_install: format!(
            "install your system's package (on Debian: apt-get install postgresql), or point {} to a running server",
            super::SERVER_URL
        ),
    })
}

/// Where packages put server programs that they leave off the search path, newest version first.
fn usual_places() -> Vec<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    versions.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    let configured = output_of("pg_config", &["--bindir"]).map(PathBuf::from);
    versions.into_iter().map(|(_, folder)| folder).chain(configured).collect()
}

/// Postgres refuses to run as root, so root needs somebody to run it as.
fn another_user() -> Result<&'static str, Skip> {
    let exists = |user: &&str| output_of("id", &["-u", user]).is_some();
    ["postgres", "nobody"].into_iter().find(exists).ok_or_else(|| Skip {
        reason: "Postgres refuses to run as root, and there is neither a user postgres nor a user nobody"
            .to_owned(),
        how_to_install: format!(
            "run the tests as another user, or point {} to a running server",
            super::SERVER_URL
        ),
    })
}

fn is_root() -> bool {
    output_of("id", &["-u"]).as_deref() == Some("0")
}

fn output_of(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn logs(folder: &Path) -> String {
    let read = |name| fs::read_to_string(folder.join(name)).unwrap_or_default();
    ["make.log", "start.log", SERVER_LOG].map(read).join("")
}
