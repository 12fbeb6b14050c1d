//! The server under demonstration: this very program, started as a user would start it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, Result, anyhow, bail};
use serde::Deserialize;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

/// Longest wait for the first line, and for the end.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the first line of `dashtam serve` says.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Announcement {
    pub(crate) api: String,
    pub(crate) outbox: PathBuf,
    pub(crate) certificate: PathBuf,
}

pub(crate) struct ServerProcess {
    pub(crate) says: Announcement,
    child: Child,
    log: PathBuf,
}

impl ServerProcess {
    /// Starts `dashtam serve` on free ports and waits for its first line. Settings of the surrounding
    /// environment are left out, so that the demonstration is the same everywhere.
    pub(crate) async fn start(directory: &Path, seed: u64) -> Result<Self> {
        let program = std::env::current_exe().context("the program's own file cannot be found")?;
        let log = directory.join("server.log");
        let mut command = Command::new(program);
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--callback-listen", "127.0.0.1:0", "--data-dir"])
            .arg(directory)
            .env_clear()
            .envs(["PATH", "HOME", "LANG"].iter().filter_map(|name| Some((name, std::env::var_os(name)?))))
            .env("DASHTAM__SANDBOX__SEED", seed.to_string())
            // Every figure that is told belongs to the synchronisation that is asked for.
            .env("DASHTAM__SYNC__ENABLED", "false")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(fs::File::create(&log)?)
            .kill_on_drop(true);
        let mut child = command.spawn().context("the server cannot be started")?;
        let stdout = child.stdout.take().ok_or_else(|| anyhow!("the server has no standard output"))?;
        let mut lines = BufReader::new(stdout).lines();
        let line = tokio::time::timeout(PATIENCE, lines.next_line()).await;
        let Ok(Ok(Some(line))) = line else {
            bail!("the server did not start:\n{}", tail(&log, 20));
        };
        let says = serde_json::from_str(&line).context("the server's first line is not as expected")?;
        Ok(Self { says, child, log })
    }

    /// The end of the server's log.
    pub(crate) fn last_log_lines(&self, count: usize) -> String {
        tail(&self.log, count)
    }

    /// Asks the server to stop as an operator would, and waits until it has.
    pub(crate) async fn stop(mut self) -> Result<()> {
        let id = self.child.id().ok_or_else(|| anyhow!("the server ended by itself"))?;
        let asked = Command::new("kill").args(["-TERM", &id.to_string()]).status().await;
        if !asked.is_ok_and(|status| status.success()) {
            self.child.start_kill()?;
        }
        let ended = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        let status = ended.context("the server did not stop")??;
        if !status.success() {
            bail!("the server ended with {status}:\n{}", self.last_log_lines(20));
        }
        Ok(())
    }
}

fn tail(log: &Path, count: usize) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}
