//! The key file of the data directory: one entry a line, the newest first. Changed as a whole, followed by servers.

use std::{
    fs::{self, File},
    io::Write,
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::Weak,
    time::Duration,
};

use anyhow::{Context, Result};
use dashtam_domain::secret::SecretText;
use dashtam_security::KeyRing;

/// How often a server looks whether the file has changed.
const ROUND: Duration = Duration::from_secs(1);
/// After this long every server that is not stuck has taken a change over.
pub(crate) const SETTLED: Duration = Duration::from_secs(3);

/// The entries in the text of the file.
pub(crate) fn entries(text: &str) -> Vec<SecretText> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(SecretText::new).collect()
}

/// The entries of the file.
pub(crate) fn read(file: &Path) -> Result<Vec<SecretText>> {
    let text = fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let text = SecretText::new(text);
    Ok(entries(text.expose()))
}

/// Writes the file anew, readable by its owner only; to be called in one's [`turn`]. Whoever reads it meanwhile, and
/// whoever finds it after a crash, has either all of the old content or all of the new.
pub(crate) fn write(file: &Path, entries: &[SecretText]) -> Result<()> {
    // One name for all, so that what a crash leaves behind is gone with the next change.
    let draft = file.with_extension("draft");
    let written = (|| {
        let _ = fs::remove_file(&draft);
        let mut open = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
        for entry in entries {
            writeln!(open, "{}", entry.expose())?;
        }
        open.sync_all()?;
        fs::rename(&draft, file)?;
        // The new name has to survive a crash too.
        file.parent().map_or(Ok(()), |directory| File::open(directory)?.sync_all())
    })();
    if written.is_err() {
        let _ = fs::remove_file(&draft);
    }
    written.with_context(|| format!("{} cannot be written", file.display()))
}

/// Waits until nobody else changes files of this directory; lasts until the value is dropped, or the process ends.
pub(crate) fn turn(directory: &Path) -> Result<File> {
    let locked = File::open(directory).and_then(|open| open.lock().map(|()| open));
    locked.with_context(|| format!("{} cannot be locked", directory.display()))
}

/// Tells one state of a file from another without reading it: a file written anew is another inode.
#[derive(PartialEq, Eq)]
struct State {
    inode: u64,
    length: u64,
    changed: (i64, i64),
}

fn state(file: &Path) -> Option<State> {
    let data = fs::metadata(file).ok()?;
    Some(State { inode: data.ino(), length: data.len(), changed: (data.mtime(), data.mtime_nsec()) })
}

/// Keeps the ring like the file, for as long as somebody uses the ring. A file that is gone or cannot be used is told
/// in the log, and the keys in use stay.
pub(crate) async fn follow(file: PathBuf, ring: Weak<KeyRing>) {
    let mut seen = None;
    loop {
        tokio::time::sleep(ROUND).await;
        let Some(ring) = ring.upgrade() else { return };
        let file = file.clone();
        let look = move || {
            let now = state(&file);
            if now != seen {
                take_over(&file, &ring);
            }
            now
        };
        match tokio::task::spawn_blocking(look).await {
            Ok(now) => seen = now,
            // The runtime is shutting down.
            Err(_) => return,
        }
    }
}

fn take_over(file: &Path, ring: &KeyRing) {
    let before = ring.describe();
    let taken = read(file).and_then(|entries| Ok(ring.replace(&entries)?));
    match taken {
        Ok(()) if ring.describe() == before => {}
        Ok(()) => tracing::info!(keys = ring.describe().len(), "the keys of the key file are in use"),
        Err(error) => {
            let error = format!("{error:#}");
            tracing::error!(error, "the key file cannot be used; the keys from before stay in use");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{os::unix::fs::PermissionsExt, sync::Arc};

    use dashtam_domain::{
        identity::{FieldCipher, FieldContext},
        sources::Sources,
    };
    use dashtam_security::KeyFormat;

    use super::*;

    const PLACE: FieldContext = FieldContext::elsewhere("t.c", uuid::Uuid::nil());

    fn key(sources: &Sources) -> SecretText {
        KeyFormat::XChaCha20Poly1305.generate(&*sources.randomness)
    }

    fn texts(file: &Path) -> Vec<String> {
        read(file).unwrap().iter().map(|entry| entry.expose().to_owned()).collect()
    }

    #[test]
    fn the_file_is_written_as_a_whole_and_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("encryption.key");
        fs::write(&file, "\n fernet:one \n\nfernet:two").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(texts(&file), ["fernet:one", "fernet:two"]);
        let before = state(&file);
        write(&file, &["new", "fernet:one"].map(SecretText::new)).unwrap();
        assert_eq!(texts(&file), ["new", "fernet:one"]);
        assert!(state(&file) != before);
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left behind");
        // Where it cannot be written the old one stays.
        let nowhere = folder.path().join("none/encryption.key");
        assert!(format!("{:#}", write(&nowhere, &[]).unwrap_err()).contains("none/encryption.key"));
    }

    #[test]
    fn one_after_the_other_has_its_turn() {
        let folder = tempfile::tempdir().unwrap();
        let first = turn(folder.path()).unwrap();
        let other = File::open(folder.path()).unwrap();
        assert!(other.try_lock().is_err());
        drop(first);
        assert!(other.try_lock().is_ok());
    }

    #[tokio::test]
    async fn a_ring_in_use_follows_the_file_and_survives_a_broken_one() {
        let sources = dashtam_local::sources();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("encryption.key");
        let (old, new) = (key(&sources), key(&sources));
        write(&file, std::slice::from_ref(&old)).unwrap();
        let make = |entries: &[SecretText]| {
            KeyRing::parse(entries, sources.clock.clone(), sources.randomness.clone()).unwrap()
        };
        let ring = Arc::new(make(std::slice::from_ref(&old)));
        let following = tokio::spawn(follow(file.clone(), Arc::downgrade(&ring)));
        let sealed = make(std::slice::from_ref(&new)).seal(&SecretText::new("x"), PLACE).unwrap();
        let opens = async || {
            for _ in 0..200 {
                if ring.open(&sealed, PLACE).is_ok() {
                    return true;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            false
        };
        assert!(ring.open(&sealed, PLACE).is_err());
        write(&file, &[new.clone(), old.clone()]).unwrap();
        assert!(opens().await, "the new key was not taken over");
        let described = ring.describe();
        assert_eq!(described.len(), 2);
        for broken in ["", "fernet:half", "not a key"] {
            fs::write(&file, broken).unwrap();
            tokio::time::sleep(ROUND + ROUND / 2).await;
            assert_eq!(ring.describe(), described, "{broken:?}");
        }
        fs::remove_file(&file).unwrap();
        tokio::time::sleep(ROUND + ROUND / 2).await;
        assert_eq!(ring.describe(), described);
        write(&file, &[old, new]).unwrap();
        for _ in 0..200 {
            if ring.describe() != described {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(ring.describe()[0], described[1]);
        // Who follows ends with the ring.
        drop(ring);
        following.await.unwrap();
    }
}
