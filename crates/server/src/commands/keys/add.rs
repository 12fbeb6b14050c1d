//! `dashtam keys add`: a new key that seals from now on, beside those that open what there is.

use std::path::Path;

use anyhow::{Context, Result};
use dashtam_domain::secret::SecretText;
use dashtam_security::{KeyDescription, KeyFormat, KeyRing};
use serde_json::json;

use super::Ring;
use crate::{
    cli::RingKeyKind,
    commands::{say, tell},
    key_file::{self, SETTLED},
};

pub(super) async fn run(ring: &Ring, kind: RingKeyKind, json: bool) -> Result<()> {
    let format = match kind {
        RingKeyKind::Fernet => KeyFormat::Fernet,
        RingKeyKind::XChaCha20Poly1305 => KeyFormat::XChaCha20Poly1305,
    };
    let entry = format.generate(&*ring.sources.randomness);
    let KeyDescription { format: kind, fingerprint } = describe(ring, &entry)?;
    let Some(file) = &ring.file else {
        if json {
            let key = json!({
                "kind": kind, "fingerprint": fingerprint, "from": ring.origin(), "entry": entry.expose(),
            });
            say(&key.to_string())?;
        } else {
            say(entry.expose())?;
        }
        tell(CONFIGURED);
        return Ok(());
    };
    into_file(ring, file, &entry).await?;
    if json {
        let key = json!({
            "kind": kind, "fingerprint": fingerprint, "from": ring.origin(), "file": file, "position": 1,
        });
        return say(&key.to_string());
    }
    say(&format!("Key {fingerprint} ({kind}) seals from now on. Next: dashtam keys rotate"))
}

/// The advice where the keys are in the configuration, which this program cannot change.
const CONFIGURED: &str = "\
Nothing was changed: the keys come from the configuration (security.encryption_keys). To take this one into use:
  1. Add it as the second entry of every server, and restart each: now all of them can read what it seals.
  2. Make it the first entry of every server, and restart each: now it seals.
  3. Run dashtam keys rotate with the same settings.
An ENCRYPTION_KEY variable always comes last: write it into the list as reference:<its value> instead.";

fn describe(ring: &Ring, entry: &SecretText) -> Result<KeyDescription> {
    let alone = KeyRing::parse([entry], ring.sources.clock.clone(), ring.sources.randomness.clone())?;
    alone.describe().pop().context("a key was made and is not there")
}

/// First the key only opens, and seals when every server that follows the file has it: a server that has not seen it
/// yet never meets a value that it cannot read. Whenever this is cut off, no key is lost and everything opens.
async fn into_file(ring: &Ring, file: &Path, entry: &SecretText) -> Result<()> {
    let _turn = key_file::turn(&ring.directory)?;
    let mut entries = key_file::read(file)?;
    entries.insert(entries.len().min(1), entry.clone());
    // Nothing is added to a list that no server could use.
    ring.keys.replace(&entries).with_context(|| format!("{} cannot be used", file.display()))?;
    key_file::write(file, &entries)?;
    tell(&format!(
        "The key is in {}. Waiting {} s until running servers know it …",
        file.display(),
        SETTLED.as_secs()
    ));
    tokio::time::sleep(SETTLED).await;
    let mut entries = key_file::read(file)?;
    entries.retain(|other| other.expose() != entry.expose());
    entries.insert(0, entry.clone());
    key_file::write(file, &entries)?;
    tell(&format!(
        "It is the first one now. Waiting {} s until running servers seal with it …",
        SETTLED.as_secs()
    ));
    tokio::time::sleep(SETTLED).await;
    Ok(())
}
