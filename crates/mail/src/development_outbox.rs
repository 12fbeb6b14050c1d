//! Mails as files, for development and for trying things out.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use dashtam_domain::{
    delivery::{MailError, Mailer, Receipt, mail::Mail},
    id::OutboxId,
    sources::Clock,
    time::Timestamp,
};

use crate::message::{Encoding, Sender, compose};

/// [`Mailer`] that writes every mail to a folder as `<time>-<id>.eml`, a file any mail program opens.
///
/// The files hold live links, so nobody but their owner may read them.
pub struct DevelopmentOutbox {
    folder: PathBuf,
    sender: Sender,
    clock: Arc<dyn Clock>,
}

impl DevelopmentOutbox {
    /// An outbox in this folder, which is made when the first mail comes.
    pub fn new(folder: impl Into<PathBuf>, sender: Sender, clock: Arc<dyn Clock>) -> Self {
        Self { folder: folder.into(), sender, clock }
    }
}

#[async_trait]
impl Mailer for DevelopmentOutbox {
    async fn send(&self, mail: &Mail) -> Result<Receipt, MailError> {
        let message = compose(mail, &self.sender, self.clock.now(), Encoding::AsIs)?.formatted();
        let path = self.folder.join(file_name(mail.id));
        let target = path.clone();
        // One piece of blocking work: a caller that goes away cannot leave it half done.
        tokio::task::spawn_blocking(move || write_whole(&target, &message))
            .await
            .map_err(|_| MailError::Transient("writing was interrupted".to_owned()))?
            .map_err(|error| MailError::Transient(format!("{}: {error}", self.folder.display())))?;
        Ok(Receipt(format!("written to {}", path.display())))
    }
}

impl std::fmt::Debug for DevelopmentOutbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DevelopmentOutbox").field("folder", &self.folder).finish_non_exhaustive()
    }
}

/// Sorts by time, and is the same for every attempt: the time is that of the id, not of the writing.
fn file_name(id: OutboxId) -> String {
    let made_at = id.0.get_timestamp().and_then(|at| {
        let (seconds, nanos) = at.to_unix();
        let micros = i64::try_from(seconds).ok()?.checked_mul(1_000_000)?;
        Timestamp::from_micros(micros.checked_add(i64::from(nanos / 1_000))?)
    });
    match made_at {
        Some(at) => format!("{}-{id}.eml", at.as_chrono().format("%Y%m%dT%H%M%S%.3fZ")),
        None => format!("{id}.eml"),
    }
}

/// Writes a file that is there in full or not at all: first under another name in the same folder.
fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    static ATTEMPTS: AtomicU64 = AtomicU64::new(0);
    let attempt = ATTEMPTS.fetch_add(1, Ordering::Relaxed);
    let unfinished = path.with_extension(format!("{}-{attempt}.tmp", std::process::id()));
    if let Some(folder) = path.parent() {
        private_folder(folder)?;
    }
    let written = write_private(&unfinished, bytes).and_then(|()| fs::rename(&unfinished, path));
    if written.is_err() {
        let _ = fs::remove_file(&unfinished);
    }
    written
}

fn private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    io::Write::write_all(&mut file, bytes)?;
    file.sync_data()
}

#[cfg(test)]
mod tests;
