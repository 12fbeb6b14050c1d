//! `dashtam restore`: a backup becomes the database of an installation that has none.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use dashtam_domain::secret::SecretText;
use dashtam_security::KeyRing;
use serde_json::json;

use super::{DATABASE, ENCRYPTION_KEYS, Manifest, Opened, SECRET_KEY, database_file, secret_file};
use crate::{
    cli,
    commands::{say, settings, tell},
    first_start, key_file,
    settings::{Profile, Secret, Settings},
    wiring,
};

pub(crate) async fn run(arguments: cli::Restore) -> Result<()> {
    let backup = &arguments.folder;
    let manifest = Manifest::read(backup)?;
    let copy = backup.join(DATABASE);
    tell("Comparing the copy with its description …");
    manifest.check(&copy)?;

    let (mut settings, profile, _) = settings(&arguments.sources, Vec::new())?;
    let target = database_file(&settings)?;
    if target.metadata().is_ok_and(|file| file.len() > 0) {
        bail!(
            "{} is there already and is left as it is: stop the server, move the file away together with those whose \
             names begin with its name, and try again",
            target.display()
        );
    }
    let mut written = Vec::new();
    let restored = restore(&manifest, backup, &copy, &target, &mut settings, profile, &mut written).await;
    if restored.is_err() {
        // Nothing of a restore that failed stays.
        for file in &written {
            let _ = fs::remove_file(file);
        }
    }
    let opened = restored?;
    if arguments.json {
        let report = json!({"database": target, "backup": manifest, "unreadable": opened.unreadable});
        return say(&report.to_string());
    }
    say(&format!(
        "{}: {} rows of {} tables as they were at {}.",
        target.display(),
        manifest.rows(),
        manifest.tables.len(),
        manifest.created_at
    ))?;
    if opened.unreadable > 0 {
        tell(&format!(
            "{} stored secret(s) open with no key in force: dashtam keys verify",
            opened.unreadable
        ));
    }
    tell("Start the server with the same settings.");
    Ok(())
}

async fn restore(
    manifest: &Manifest,
    backup: &Path,
    copy: &Path,
    target: &Path,
    settings: &mut Settings,
    profile: Profile,
    written: &mut Vec<PathBuf>,
) -> Result<Opened> {
    let sources = dashtam_local::sources();
    let directory = first_start::directory(settings)?;
    // Before anything is generated there: a new key beside the backup's would open nothing.
    if manifest.with_keys {
        first_start::make_directory(&directory)?;
        let file = backup.join(ENCRYPTION_KEYS);
        let entries = key_file::read(&file)?;
        let given = !settings.security.encryption_keys.is_empty();
        take_key(
            &directory.join(ENCRYPTION_KEYS),
            given || profile != Profile::Development,
            &entries,
            written,
        )?;
        let secret = key_file::read(&backup.join(SECRET_KEY))?;
        let given = !settings.security.secret_key.is_empty();
        take_key(&directory.join(SECRET_KEY), given || profile != Profile::Development, &secret, written)?;
    } else if profile == Profile::Development && settings.security.encryption_keys.is_empty() {
        let file = directory.join(ENCRYPTION_KEYS);
        if !file.exists() && !manifest.needs_keys.is_empty() {
            bail!(
                "the backup has no keys in it, and {} is missing: put the file there that was kept apart from the \
                 backup, and secret.key beside it, and try again",
                file.display()
            );
        }
    }
    let mut prepared = first_start::prepare(settings, profile, &sources)?;
    if prepared.lacks_keys() {
        // The backup holds nothing that a key would have to open.
        prepared.make_keys(settings, &sources)?;
    }
    fits(manifest, settings, &sources)?;

    tell("Copying the database …");
    let draft = beside(target, ".restoring");
    for name in ["", "-wal", "-shm"] {
        let left = beside(&draft, name);
        match fs::remove_file(&left) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("{} is in the way", left.display()));
            }
            _ => written.push(left),
        }
    }
    copy_private(copy, &draft)?;
    tell("Opening it …");
    let opened = Opened::open(&draft, settings, &sources).await?;
    if opened.tables != manifest.tables {
        bail!(
            "the rows of the copy are not those of the backup: {}",
            difference(&manifest.tables, &opened.tables)
        );
    }
    if opened.is_current {
        let database = wiring::database_at(settings, &draft.display().to_string()).await?;
        let begun = database.begin_epoch(sources.clock.now()).await;
        database.close().await;
        begun.context("the feed of the restored database cannot be begun anew")?;
    }
    fs::rename(&draft, target).with_context(|| format!("{} cannot take its place", draft.display()))?;
    if let Some(folder) = target.parent() {
        fs::File::open(folder)
            .and_then(|folder| folder.sync_all())
            .context("the restored file is not on the disk")?;
    }
    Ok(opened)
}

/// Puts a key of the backup where the data directory has none. Where the configuration gives keys, it decides.
fn take_key(file: &Path, configured: bool, entries: &[SecretText], written: &mut Vec<PathBuf>) -> Result<()> {
    if configured || file.exists() {
        return Ok(());
    }
    let lines: Vec<_> = entries.iter().map(SecretText::expose).collect();
    written.push(file.to_owned());
    secret_file(file, &SecretText::new(lines.join("\n")))
}

/// Refuses keys that do not open what the backup holds.
fn fits(manifest: &Manifest, settings: &Settings, sources: &dashtam_domain::sources::Sources) -> Result<()> {
    let keys = settings.security.encryption_keys.iter().map(|Secret(key)| key);
    let ring = KeyRing::parse(keys, sources.clock.clone(), sources.randomness.clone())
        .context("security.encryption_keys cannot be used")?;
    let there: BTreeSet<_> = ring.describe().into_iter().map(|key| key.fingerprint).collect();
    let missing: Vec<_> =
        manifest.needs_keys.iter().filter(|needed| !there.contains(*needed)).map(String::as_str).collect();
    if missing.is_empty() {
        return Ok(());
    }
    bail!(
        "the keys in force do not open the backup's secrets: the one with the fingerprint {} is missing. Put it into \
         encryption.key of the data directory, or into security.encryption_keys, and try again",
        missing.join(", ")
    )
}

fn difference(before: &BTreeMap<String, u64>, after: &BTreeMap<String, u64>) -> String {
    let names: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let count = |tables: &BTreeMap<String, u64>, name: &str| tables.get(name).copied().unwrap_or_default();
    let differing = names.into_iter().filter(|name| count(before, name) != count(after, name));
    differing
        .map(|name| format!("{name} {} instead of {}", count(after, name), count(before, name)))
        .collect::<Vec<_>>()
        .join(", ")
}

fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(ending);
    name.into()
}

/// Copies into a new file that only its owner may read, through to the disk.
fn copy_private(from: &Path, to: &Path) -> Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let copied = fs::File::open(from).and_then(|mut source| {
        let mut open = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(to)?;
        std::io::copy(&mut source, &mut open)?;
        open.sync_all()
    });
    copied.with_context(|| format!("{} cannot be copied to {}", from.display(), to.display()))
}
