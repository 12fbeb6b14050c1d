//! The data directory: what a first start generates, and what later starts find there.

use std::{
    fs,
    io::{ErrorKind, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use chrono::TimeDelta;
use dashtam_domain::{secret::SecretText, sources::Sources, time::Timestamp};
use dashtam_persistence::Database;
use dashtam_security::{KeyFormat, generate_fernet_key, self_signed_certificate};
use openssl::{asn1::Asn1Time, x509::X509};

use crate::{
    key_file,
    settings::{Profile, Secret, Settings},
};

/// Days a generated certificate works.
const CERTIFICATE_DAYS: u32 = 825;
/// Days before its end at which it is made anew.
const RENEWAL_DAYS: i64 = 30;
/// Name of the file with the encryption keys.
const KEY_FILE: &str = "encryption.key";

/// Where things are.
#[derive(Debug, Clone)]
pub(crate) struct DataDirectory {
    pub(crate) path: PathBuf,
    pub(crate) outbox: PathBuf,
    /// The file with the encryption keys, unless the configuration gives them.
    pub(crate) key_file: Option<PathBuf>,
    /// Whether that file is missing. Only [`complete`] may make it, which looks at the database first.
    lacks_keys: bool,
    /// Whether something was generated just now.
    pub(crate) is_new: bool,
}

/// Makes the data directory if it is missing and fills in what the development profile generates: keys, a
/// certificate, and the database's place. The production profile generates nothing. Encryption keys that are not
/// there yet are left to [`complete`].
pub(crate) fn prepare(settings: &mut Settings, profile: Profile, sources: &Sources) -> Result<DataDirectory> {
    let path = directory(settings)?;
    make_directory(&path)?;
    let path = path.canonicalize().context("the data directory cannot be resolved")?;
    let outbox = path.join("outbox");
    let mut directory = DataDirectory { path, outbox, key_file: None, lacks_keys: false, is_new: false };
    if settings.database.url.is_empty() {
        let file = directory.path.join("dashtam.db");
        settings.database.url = Secret(SecretText::new(file.display().to_string()));
    }
    if profile == Profile::Development {
        if settings.security.secret_key.is_empty() {
            let make = || generate_fernet_key(&*sources.randomness);
            settings.security.secret_key = Secret(directory.secret("secret.key", make)?);
        }
        if settings.security.encryption_keys.is_empty() {
            let file = directory.path.join(KEY_FILE);
            directory.lacks_keys = !file.exists();
            directory.key_file = Some(file);
            if !directory.lacks_keys {
                directory.keys(settings, sources)?;
            }
        }
        if settings.server.certificate.as_os_str().is_empty() && !settings.server.plain_http {
            directory.certificate(settings, sources)?;
        }
    }
    Ok(directory)
}

/// Makes the first encryption key where there is none. A database that holds values sealed by a lost one is left alone:
/// another key would open none of them, and hide that the right one is missing.
pub(crate) async fn complete(
    settings: &mut Settings,
    directory: &mut DataDirectory,
    database: &Database,
    sources: &Sources,
) -> Result<()> {
    if !directory.lacks_keys {
        return Ok(());
    }
    let held = database.holds_sealed_values().await;
    if held.context("the database cannot be looked at for secrets sealed by an earlier key")? {
        bail!(
            "{} is missing, and the database holds secrets that only its key opens. Put the file back from a backup. \
             If it is lost for good, run dashtam keys forget --lost: it makes a new key and marks the connections for \
             linking again",
            directory.path.join(KEY_FILE).display()
        );
    }
    directory.make_keys(settings, sources)
}

/// The data directory's place, whether or not it is there.
pub(crate) fn directory(settings: &Settings) -> Result<PathBuf> {
    match settings.data.dir.as_os_str().is_empty() {
        true => default_directory(),
        false => Ok(settings.data.dir.clone()),
    }
}

/// Makes the directory if it is missing, for its owner only.
pub(crate) fn make_directory(path: &Path) -> Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path).with_context(|| {
        format!("the data directory {} cannot be made; choose another with --data-dir", path.display())
    })
}

fn default_directory() -> Result<PathBuf> {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(data) = variable("XDG_DATA_HOME") {
        return Ok(data.join("dashtam"));
    }
    match variable("HOME") {
        Some(home) => Ok(home.join(".local/share/dashtam")),
        None => bail!("there is no home directory: give a data directory with --data-dir"),
    }
}

impl DataDirectory {
    /// Whether the file with the encryption keys is missing.
    pub(crate) fn lacks_keys(&self) -> bool {
        self.lacks_keys
    }

    /// Makes the encryption key where it is missing, whatever the database holds: for an operator who has given the
    /// earlier one up.
    pub(crate) fn make_keys(&mut self, settings: &mut Settings, sources: &Sources) -> Result<()> {
        if self.lacks_keys {
            self.keys(settings, sources)?;
            self.lacks_keys = false;
        }
        Ok(())
    }

    fn keys(&mut self, settings: &mut Settings, sources: &Sources) -> Result<()> {
        let keys = self.secret(KEY_FILE, || KeyFormat::Fernet.generate(&*sources.randomness))?;
        settings.security.encryption_keys =
            key_file::entries(keys.expose()).into_iter().map(Secret).collect();
        Ok(())
    }

    /// The secret in a file of this directory, made on first use.
    fn secret(&mut self, name: &str, make: impl FnOnce() -> SecretText) -> Result<SecretText> {
        let file = self.path.join(name);
        let made = write_once(&file, || Ok(make().expose().as_bytes().to_vec()))?;
        self.is_new |= made;
        let text = fs::read_to_string(&file).with_context(|| format!("{} cannot be read", file.display()))?;
        match text.trim() {
            "" => bail!("{} is empty: put the old one back, or remove it to have a new one", file.display()),
            text => Ok(SecretText::new(text)),
        }
    }

    /// A self-signed certificate for this machine's loopback names. Both parts are in one file each; the
    /// certificate is written last, so that a pair is complete when it is there.
    fn certificate(&mut self, settings: &mut Settings, sources: &Sources) -> Result<()> {
        let certificate = self.path.join("certificate.pem");
        let private_key = self.path.join("certificate.key");
        let today = sources.clock.now();
        if !certificate.exists() || !private_key.exists() || ends_soon(&certificate, today) {
            let _ = fs::remove_file(&certificate);
            let ips = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
            let pair = self_signed_certificate(&["localhost"], &ips, CERTIFICATE_DAYS, today)?;
            let _ = fs::remove_file(&private_key);
            write_once(&private_key, || Ok(pair.key_pem.expose().as_bytes().to_vec()))?;
            write_once(&certificate, || Ok(pair.cert_pem.into_bytes()))?;
            self.is_new = true;
        }
        settings.server.certificate = certificate;
        settings.server.private_key = private_key;
        Ok(())
    }
}

/// Whether a generated certificate should be made anew: it ends within a month, or cannot be read.
fn ends_soon(certificate: &Path, now: Timestamp) -> bool {
    let until = fs::read(certificate).ok().and_then(|pem| X509::from_pem(&pem).ok());
    let limit = Asn1Time::from_unix(now.plus(TimeDelta::days(RENEWAL_DAYS)).as_seconds()).ok();
    match (until, limit) {
        (Some(certificate), Some(limit)) => certificate.not_after() < limit,
        _ => true,
    }
}

/// Writes a file only its owner may read, unless it is there; whether it was written. Two processes that start
/// together agree on one content, because the complete file appears at once.
fn write_once(file: &Path, content: impl FnOnce() -> Result<Vec<u8>>) -> Result<bool> {
    if file.exists() {
        return Ok(false);
    }
    let draft = file.with_extension(format!("draft-{}", std::process::id()));
    let _ = fs::remove_file(&draft);
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    let mut open = options.open(&draft).with_context(|| format!("{} cannot be written", draft.display()))?;
    open.write_all(&content()?)?;
    open.sync_all()?;
    let linked = fs::hard_link(&draft, file);
    fs::remove_file(&draft)?;
    match linked {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error).with_context(|| format!("{} cannot be written", file.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_made_anew_before_it_ends() {
        let sources = dashtam_local::sources();
        let now = sources.clock.now();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("certificate.pem");
        for (days, expected) in [(CERTIFICATE_DAYS, false), (31, false), (29, true)] {
            let pair = self_signed_certificate(&["localhost"], &[], days, now).unwrap();
            fs::write(&file, pair.cert_pem).unwrap();
            assert_eq!(ends_soon(&file, now), expected, "{days}");
        }
        fs::write(&file, "not a certificate").unwrap();
        assert!(ends_soon(&file, now));
    }

    #[test]
    fn a_secret_is_made_once_and_is_private() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let mut directory = DataDirectory {
            path: folder.path().to_owned(),
            outbox: folder.path().join("o"),
            key_file: None,
            lacks_keys: false,
            is_new: false,
        };
        let first = directory.secret("k", || SecretText::new("one")).unwrap();
        let second = directory.secret("k", || SecretText::new("two")).unwrap();
        assert_eq!((first.expose(), second.expose()), ("one", "one"));
        let mode = fs::metadata(folder.path().join("k")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
