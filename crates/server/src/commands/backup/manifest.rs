//! What a backup says of itself, in `backup.json` beside the copy.

use std::{collections::BTreeMap, fs::File, io::Read, path::Path};

use anyhow::{Context, Result, bail};
use openssl::sha::Sha256;
use serde::{Deserialize, Serialize};

/// The name of the copy of the database.
pub(super) const DATABASE: &str = "dashtam.db";
/// The name of the file that describes the copy.
pub(super) const MANIFEST: &str = "backup.json";
/// The names of the files with keys, as in a data directory.
pub(super) const ENCRYPTION_KEYS: &str = "encryption.key";
pub(super) const SECRET_KEY: &str = "secret.key";
/// The version of the description's form. A program that changes the form takes the next number.
const FORM: u32 = 1;

/// The description of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    form: u32,
    /// The version of the program that made it.
    pub(super) version: String,
    /// The time it was made, in RFC 3339.
    pub(super) created_at: String,
    /// The length of the copy in bytes.
    pub(super) bytes: u64,
    /// The SHA-256 of the copy, in hexadecimal.
    sha256: String,
    /// The number of rows in each table.
    pub(super) tables: BTreeMap<String, u64>,
    /// Whether the keys are in the backup.
    pub(super) with_keys: bool,
    /// The fingerprints of the encryption keys that the stored secrets need.
    pub(super) needs_keys: Vec<String>,
}

impl Manifest {
    /// Describes this copy.
    pub(super) fn of(
        file: &Path,
        created_at: String,
        tables: BTreeMap<String, u64>,
        with_keys: bool,
        needs_keys: Vec<String>,
    ) -> Result<Self> {
        let (bytes, sha256) = digest(file)?;
        let version = env!("CARGO_PKG_VERSION").to_owned();
        Ok(Self { form: FORM, version, created_at, bytes, sha256, tables, with_keys, needs_keys })
    }

    /// Reads the description that is in a backup.
    pub(super) fn read(backup: &Path) -> Result<Self> {
        let file = backup.join(MANIFEST);
        let text = std::fs::read(&file).with_context(|| {
            format!("{} cannot be read: is {} a backup?", file.display(), backup.display())
        })?;
        let form =
            serde_json::from_slice::<serde_json::Value>(&text).ok().and_then(|value| value["form"].as_u64());
        match form {
            Some(form) if form == u64::from(FORM) => {}
            Some(form) => {
                bail!("{} has form {form}: it needs a newer version of this program", file.display())
            }
            None => bail!("{} does not describe a backup", file.display()),
        }
        serde_json::from_slice(&text)
            .with_context(|| format!("{} does not describe a backup", file.display()))
    }

    /// Refuses a copy that is not the one described.
    pub(super) fn check(&self, file: &Path) -> Result<()> {
        let (bytes, sha256) = digest(file)?;
        if (bytes, &sha256) != (self.bytes, &self.sha256) {
            bail!("{} is not the file that was backed up: its content has changed since", file.display());
        }
        Ok(())
    }

    /// The number of rows in all tables together.
    pub(super) fn rows(&self) -> u64 {
        self.tables.values().sum()
    }
}

/// The length and the SHA-256 of a file of any size.
fn digest(file: &Path) -> Result<(u64, String)> {
    let mut open = File::open(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let (mut hash, mut bytes, mut part) = (Sha256::new(), 0, vec![0; 1 << 16]);
    loop {
        let read = open.read(&mut part).with_context(|| format!("{} cannot be read", file.display()))?;
        if read == 0 {
            break;
        }
        hash.update(&part[..read]);
        bytes += read as u64;
    }
    Ok((bytes, hash.finish().iter().map(|byte| format!("{byte:02x}")).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_copy_and_a_later_form_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join(DATABASE);
        std::fs::write(&copy, "abc").unwrap();
        let tables = BTreeMap::from([("users".to_owned(), 2), ("accounts".to_owned(), 3)]);
        let manifest = Manifest::of(&copy, "2026-11-29T00:00:00Z".to_owned(), tables, false, vec![]).unwrap();
        // SHA-256 of "abc", FIPS 180-2 appendix B.1.
        assert_eq!(manifest.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!((manifest.bytes, manifest.rows()), (3, 5));
        manifest.check(&copy).unwrap();
        std::fs::write(&copy, "abd").unwrap();
        assert!(manifest.check(&copy).is_err());

        let write = |text: String| std::fs::write(folder.path().join(MANIFEST), text).unwrap();
        write(serde_json::to_string(&manifest).unwrap());
        assert_eq!(Manifest::read(folder.path()).unwrap(), manifest);
        write(serde_json::to_string(&Manifest { form: 2, ..manifest }).unwrap());
        assert!(format!("{:#}", Manifest::read(folder.path()).unwrap_err()).contains("newer version"));
        write("{}".to_owned());
        assert!(Manifest::read(folder.path()).is_err());
    }
}
