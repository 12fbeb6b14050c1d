//! `dashtam serve` as a child process on free loopback ports.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{ChildStdout, Command, Stdio},
    sync::Mutex,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{Place, process::Guarded, program, secrets};

/// Seconds a server may take to start, and to stop.
const PATIENCE: u64 = 90;

/// How a server is started.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Further arguments.
    pub arguments: Vec<&'static str>,
    /// Settings.
    pub variables: Vec<(&'static str, String)>,
    /// Whether it serves https.
    pub tls: bool,
    /// What a shell does before it becomes the server, e.g. set a limit.
    pub shell: Option<&'static str>,
}

/// A running server. Its log is searched for secrets when it goes.
#[derive(Debug)]
pub struct Server {
    process: Mutex<Guarded>,
    /// Address of the API.
    pub api: String,
    /// Address of the callback listener.
    pub callback: String,
    /// The first line it said.
    pub says: Value,
    log: PathBuf,
    place: Place,
    _stdout: BufReader<ChildStdout>,
}

impl Server {
    /// Starts a server without https on a place.
    pub fn start(place: &Place) -> Self {
        Self::start_with(place, &Options::default())
    }

    /// Starts a server on a place and waits for its first line.
    pub fn start_with(place: &Place, options: &Options) -> Self {
        let (mut command, log) = Self::prepare(place, options);
        let mut process = Guarded::start(&mut command);
        let mut stdout = BufReader::new(process.child().stdout.take().expect("standard output is piped"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("the server can be read");
        let says: Value = serde_json::from_str(&line).unwrap_or_else(|_| {
            panic!(
                "the server said {line:?} instead of its addresses:\n{}",
                fs::read_to_string(&log).unwrap()
            )
        });
        for name in ["secret.key", "encryption.key"] {
            for key in fs::read_to_string(place.path().join(name)).unwrap_or_default().lines() {
                secrets::plant(key.rsplit(':').next().unwrap_or_default());
            }
        }
        let address = |name: &str| says[name].as_str().unwrap_or_default().to_owned();
        Self {
            process: Mutex::new(process),
            api: address("api"),
            callback: address("callback"),
            log,
            place: place.clone(),
            _stdout: stdout,
            says,
        }
    }

    /// The command that starts a server, and the file its log goes to.
    pub fn prepare(place: &Place, options: &Options) -> (Command, PathBuf) {
        static STARTS: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let start = STARTS.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let log = place.path().join(format!("server-{start}.log"));
        let mut command = match options.shell {
            None => program::command(&["serve"]),
            Some(shell) => program::behind(shell, &["serve"]),
        };
        command
            .args(["--listen", "127.0.0.1:0", "--callback-listen", "127.0.0.1:0", "--data-dir"])
            .arg(place.path())
            .args(&options.arguments)
            // All tests come from one address, and most are not about limits.
            .env("DASHTAM__RATE_LIMITS__ENABLED", "false")
            // Most tests count what the run they ask for brings in.
            .env("DASHTAM__SYNC__ENABLED", "false")
            .envs(options.variables.iter().map(|(name, value)| (*name, value.as_str())))
            .stdout(Stdio::piped())
            .stderr(fs::File::create(&log).expect("a log can be written"));
        if !options.tls {
            command.arg("--plain-http");
        }
        if let Some(url) = place.database_url() {
            command.env("DATABASE_URL", url);
        }
        (command, log)
    }

    /// Where its data is.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Ends it in the middle of whatever it does.
    pub fn kill(self) {
        self.process.lock().unwrap().kill();
    }

    /// Asks it to stop, as a supervisor does; its exit code, and how long it took.
    pub async fn stop(self, signal: &str) -> (Option<i32>, Duration) {
        let asked = Instant::now();
        self.process.lock().unwrap().signal(signal);
        let ended = crate::patience::eventually("the end", Duration::from_secs(PATIENCE), async || {
            self.process.lock().unwrap().child().try_wait().expect("a child can be waited for")
        });
        let status = ended.await;
        (status.code(), asked.elapsed())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.lock().unwrap_or_else(std::sync::PoisonError::into_inner).kill();
        let leaks = secrets::leaks(&self.log());
        // A second panic would hide the first.
        if !std::thread::panicking() {
            assert!(leaks.is_empty(), "secrets in the server's log:\n{}", leaks.join("\n"));
        }
    }
}
