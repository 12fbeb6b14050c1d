//! The real server, `dashtam serve`, as a process of its own.

use std::{
    fs::File,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, anyhow, bail};
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

use crate::{
    load::{Request, Wire},
    memory::Watched,
};

/// Longest wait for the server to start or to stop.
const PATIENCE: Duration = Duration::from_secs(60);

/// The file of the server, which lies beside this program.
pub(crate) fn file() -> Result<PathBuf> {
    let file = std::env::current_exe()?.with_file_name("dashtam");
    if !file.exists() {
        let release = if cfg!(debug_assertions) { "" } else { " --release" };
        bail!("the server is not built; build it with: cargo build{release} --bin dashtam");
    }
    Ok(file)
}

/// A running server.
pub(crate) struct Program {
    /// The address of its API.
    pub(crate) address: SocketAddr,
    /// From the start of the process to its first answer.
    pub(crate) started_in: Duration,
    /// Watches its memory.
    pub(crate) memory: Watched,
    child: Child,
}

impl Program {
    /// Starts it on a data directory, and on another database than the directory's if one is given. Settings of the
    /// surrounding environment are left out.
    pub(crate) async fn start(directory: &Path, database: Option<&str>) -> Result<Self> {
        let mut command = Command::new(file()?);
        command
            .args(["serve", "--plain-http", "--listen", "127.0.0.1:0", "--callback-listen", "127.0.0.1:0"])
            .arg("--data-dir")
            .arg(directory)
            .env_clear()
            .envs(["PATH", "HOME", "LANG"].iter().filter_map(|name| Some((name, std::env::var_os(name)?))))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(directory.join("server.log"))?)
            .kill_on_drop(true);
        for (name, rate) in crate::site::WIDE {
            command.env(format!("DASHTAM__RATE_LIMITS__RULES__{}", name.to_ascii_uppercase()), rate);
        }
        if let Some(url) = database {
            command.env("DASHTAM__DATABASE__URL", url);
        }
        let begun = Instant::now();
        let mut child = command.spawn().context("the server cannot be started")?;
        let stdout = child.stdout.take().ok_or_else(|| anyhow!("the server has no standard output"))?;
        let mut lines = BufReader::new(stdout).lines();
        let Ok(Ok(Some(line))) = tokio::time::timeout(PATIENCE, lines.next_line()).await else {
            let log = std::fs::read_to_string(directory.join("server.log")).unwrap_or_default();
            bail!("the server did not start:\n{log}");
        };
        let says: Value = serde_json::from_str(&line).context("the server's first line is not JSON")?;
        let address = says["api"].as_str().and_then(|url| url.strip_prefix("http://"));
        let address: SocketAddr = address.context("the server tells no address")?.parse()?;
        let mut wire = Wire::connect(address).await?;
        wire.ask(&Request::get("/health/live", None)).await?.good()?;
        let started_in = begun.elapsed();
        let memory = Watched::process(child.id().context("the server ended by itself")?);
        Ok(Self { address, started_in, memory, child })
    }

    /// Asks it to stop, and waits until it has.
    pub(crate) async fn stop(mut self) -> Result<()> {
        let id = self.child.id().context("the server ended by itself")?;
        let asked = Command::new("kill").args(["-TERM", &id.to_string()]).status().await;
        if !asked.is_ok_and(|status| status.success()) {
            self.child.start_kill()?;
        }
        tokio::time::timeout(PATIENCE, self.child.wait()).await.context("the server did not stop")??;
        Ok(())
    }
}
