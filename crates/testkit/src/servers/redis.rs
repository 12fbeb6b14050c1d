//! A Redis for tests: started from the installed program, killed and started again as a test wishes.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::{Duration, Instant},
};

use tempfile::TempDir;

use super::{Skip, find_program, free_port, panic_with, servers_are_required, unless_required};

/// Names a server that is already running, as `redis://host:port`. Tests that only use a server use it; those that
/// kill or flush one always start their own.
pub const SERVER_URL: &str = "DASHTAM_TEST_REDIS_URL";

/// Starts the server and kills it when the pipe from the test process closes, however that process went.
const SUPERVISE: &str = r#"
trap '' HUP INT TERM PIPE
"$0" "$@" </dev/null >/dev/null 2>&1 &
echo $!
read -r _
kill -9 $! 2>/dev/null
wait
"#;
const PATIENCE: Duration = Duration::from_secs(30);
/// How often another process may take the port we picked before we give up.
const ATTEMPTS: usize = 5;

/// A server that lives as long as this value. It keeps nothing on disk: started again, it is empty.
#[derive(Debug)]
pub struct Redis {
    program: PathBuf,
    port: u16,
    folder: TempDir,
    running: Mutex<Option<Running>>,
}

#[derive(Debug)]
struct Running {
    supervisor: Child,
    pipe: Option<ChildStdin>,
    server: u32,
}

impl Redis {
    /// Where a server is that many tests may use: the one named by `DASHTAM_TEST_REDIS_URL`, else one of this
    /// process, started at the first call.
    ///
    /// # Errors
    /// [`Skip`] when there is neither; a failure where `DASHTAM_REQUIRE_SERVERS=1`.
    pub fn shared_url() -> Result<String, Skip> {
        static SERVER: OnceLock<Result<Arc<Redis>, Skip>> = OnceLock::new();
        if let Ok(url) = std::env::var(SERVER_URL) {
            return Ok(url);
        }
        SERVER
            .get_or_init(|| Self::start().map(Arc::new))
            .as_ref()
            .map(|server| server.url())
            .map_err(Clone::clone)
    }

    /// A server of one's own.
    ///
    /// # Errors
    /// [`Skip`] when the program is not installed; a failure where `DASHTAM_REQUIRE_SERVERS=1`.
    pub fn start() -> Result<Self, Skip> {
        unless_required(Self::start_with(std::env::var_os("PATH").as_deref()), servers_are_required())
    }

    pub(super) fn start_with(path: Option<&std::ffi::OsStr>) -> Result<Self, Skip> {
        let program = find_program("redis-server", path, &[]).ok_or_else(|| Skip {
            reason: "no Redis server is installed (redis-server is not on the search path)".to_owned(),
            how_to_install: format!(
                "install your system's package (on Debian: apt-get install redis-server), or point {SERVER_URL} to a \
                 running server, which serves most tests"
            ),
        })?;
        let folder = tempfile::Builder::new().prefix("dashtam-redis-").tempdir().expect("a folder is made");
        for _ in 0..ATTEMPTS {
            let port = free_port();
            if let Some(running) = Running::start(&program, port, folder.path()) {
                return Ok(Self { program, port, folder, running: Mutex::new(Some(running)) });
            }
        }
        panic_with(&format!("{} does not start", program.display()))
    }

    /// Where to connect to.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port)
    }

    /// Ends it in the middle of whatever it does; nothing it knew is left.
    pub fn kill(&self) {
        self.running().take();
    }

    /// Starts it again, empty, at the same place.
    pub fn start_again(&self) {
        let started = Instant::now();
        let mut running = self.running();
        assert!(running.is_none(), "it is killed before it is started again");
        while running.is_none() {
            *running = Running::start(&self.program, self.port, self.folder.path());
            assert!(started.elapsed() < PATIENCE, "it does not start again");
        }
    }

    /// Stops it without ending it: connections stay, and nothing answers.
    pub fn freeze(&self) {
        self.signal("STOP");
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        let server = self.running().as_ref().expect("it is running").server;
        let sent = Command::new("kill").args(["-s", name, &server.to_string()]).status();
        assert!(sent.expect("kill can be run").success(), "the server is gone");
    }

    /// Sends a command of plain words; the first line of the answer.
    pub fn command(&self, words: &str) -> String {
        ask(self.port, words).expect("the server answers")
    }

    fn running(&self) -> MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sends a command of plain words; what is answered, as far as it comes in one piece.
fn ask(port: u16, words: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(format!("{words}\r\n").as_bytes())?;
    let mut answer = [0; 64 * 1024];
    let length = stream.read(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer[..length]).trim_end().to_owned())
}

impl Running {
    /// A server that answers; `None` when it ended instead.
    fn start(program: &Path, port: u16, folder: &Path) -> Option<Self> {
        use std::os::unix::process::CommandExt as _;
        let mut supervisor = Command::new("/bin/sh")
            .args(["-c", SUPERVISE])
            .arg(program)
            .args([
                "--port",
                &port.to_string(),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no",
                "--dir",
            ])
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            // A group of its own: a signal to the test's group must not take the one who cleans up.
            .process_group(0)
            .spawn()
            .expect("a shell starts");
        let pipe = supervisor.stdin.take();
        let mut line = String::new();
        let stdout = supervisor.stdout.take().expect("standard output is piped");
        BufReader::new(stdout).read_line(&mut line).expect("the shell says which process it started");
        let server: u32 = line.trim().parse().expect("the number of a process");
        let running = Self { supervisor, pipe, server };
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            // Somebody else on this port would not say that it is this process.
            match ask(port, "INFO server") {
                Ok(info) if info.contains(&format!("process_id:{server}")) => return Some(running),
                Ok(_) => return None,
                Err(_) if !Path::new(&format!("/proc/{server}")).exists() => return None,
                Err(_) => wait(),
            }
        }
        None
    }
}

#[expect(clippy::disallowed_methods, reason = "a server is started outside any runtime")]
fn wait() {
    std::thread::sleep(Duration::from_millis(20));
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.pipe.take());
        let _ = self.supervisor.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_killed_and_started_again_empty() {
        let redis = match Redis::start() {
            Ok(redis) => redis,
            Err(skip) => return skip.announce("a_server_is_killed_and_started_again_empty"),
        };
        assert_eq!(redis.command("SET key value"), "+OK");
        assert_eq!(redis.command("EXISTS key"), ":1");
        redis.kill();
        assert!(ask(redis.port, "PING").is_err());
        redis.start_again();
        assert_eq!(redis.command("EXISTS key"), ":0");
    }

    #[test]
    fn a_machine_without_it_says_how_to_get_it() {
        let skip = Redis::start_with(None).unwrap_err();
        assert!(skip.to_string().contains("redis-server") && skip.to_string().contains(SERVER_URL));
    }
}
