//! Memory of a process, as the kernel counts it.

use std::fs;

use anyhow::{Context, Result};

/// A process whose memory is watched.
#[derive(Debug, Clone)]
pub(crate) struct Watched {
    folder: String,
}

impl Watched {
    /// Watches this process.
    pub(crate) fn myself() -> Self {
        Self { folder: "/proc/self".to_owned() }
    }

    /// Watches the process with this id.
    pub(crate) fn process(id: u32) -> Self {
        Self { folder: format!("/proc/{id}") }
    }

    /// The number of bytes that are resident now.
    pub(crate) fn resident(&self) -> Result<u64> {
        self.status("VmRSS:")
    }

    /// Forgets the peak that was reached so far.
    pub(crate) fn forget_peak(&self) -> Result<()> {
        let file = format!("{}/clear_refs", self.folder);
        fs::write(&file, "5").with_context(|| format!("{file} cannot be written"))
    }

    /// The most bytes that were resident at once since [`forget_peak`](Self::forget_peak).
    pub(crate) fn peak(&self) -> Result<u64> {
        self.status("VmHWM:")
    }

    fn status(&self, key: &str) -> Result<u64> {
        let file = format!("{}/status", self.folder);
        let text = fs::read_to_string(&file).with_context(|| format!("{file} cannot be read"))?;
        let line = text.lines().find_map(|line| line.strip_prefix(key));
        let kib = line
            .and_then(|line| line.trim().strip_suffix("kB"))
            .and_then(|kib| kib.trim().parse::<u64>().ok());
        Ok(kib.with_context(|| format!("{file} has no {key}"))? * 1024)
    }
}

/// Converts bytes to mebibytes.
pub(crate) fn mib(bytes: u64) -> f64 {
    bytes as f64 / 1_048_576.0
}

/// How many mebibytes `more` is above `less`; 0 when it is not.
pub(crate) fn growth(less: u64, more: u64) -> f64 {
    mib(more.saturating_sub(less))
}
