//! `dashtam backup` and `dashtam restore`: an SQLite installation as a folder, and back.

mod manifest;
mod restore;

use std::{
    collections::BTreeMap,
    fs::{self, OpenOptions},
    io::Write,
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, Result, bail};
use dashtam_application::sealed::Keys;
use dashtam_domain::{secret::SecretText, sources::Sources};
use dashtam_persistence::{Database, sqlite_file};
use dashtam_security::KeyRing;
use serde_json::json;

pub(crate) use restore::run as restore;

use self::manifest::{DATABASE, ENCRYPTION_KEYS, MANIFEST, Manifest, SECRET_KEY};
use super::{keys, say, settings, tell};
use crate::{cli, first_start, settings::Settings, wiring};

/// The advice for an installation on Postgres.
const POSTGRES: &str = "this installation stores in Postgres, which has its own tools: pg_dump --format=custom \
     --file=dashtam.dump \"$DATABASE_URL\" makes a backup and pg_restore reads it. Keep security.encryption_keys and \
     security.secret_key apart from it: without them the stored secrets do not open";

pub(crate) async fn backup(arguments: cli::Backup) -> Result<()> {
    let (mut settings, profile, _) = settings(&arguments.sources, Vec::new())?;
    let sources = dashtam_local::sources();
    let file = database_file(&settings)?;
    if !file.metadata().is_ok_and(|file| file.len() > 0) {
        bail!(
            "there is nothing to back up: {} is empty or missing (--data-dir, database.url)",
            file.display()
        );
    }
    let mut directory = first_start::prepare(&mut settings, profile, &sources)?;
    let target = new_folder(&arguments.folder)?;
    let database = wiring::database(&settings).await?;
    let draft = tempfile::Builder::new()
        .prefix(".backup-")
        .permissions(fs::Permissions::from_mode(0o700))
        .tempdir_in(&target.parent);
    let draft = draft.with_context(|| format!("a folder cannot be made in {}", target.parent.display()))?;
    let copy = draft.path().join(DATABASE);
    tell("Copying the database …");
    let made = async {
        first_start::complete(&mut settings, &mut directory, &database, &sources).await?;
        database.copy_to(&copy).await.context("the backup cannot be made")
    };
    let made = made.await;
    database.close().await;
    made?;
    if arguments.with_keys {
        let entries: Vec<_> = settings.security.encryption_keys.iter().map(|key| key.0.expose()).collect();
        secret_file(&draft.path().join(ENCRYPTION_KEYS), &SecretText::new(entries.join("\n")))?;
        secret_file(&draft.path().join(SECRET_KEY), &settings.security.secret_key.0)?;
    }
    tell("Opening the copy …");
    let opened = Opened::open(&copy, &settings, &sources).await?;
    let made_at = sources.clock.now().to_string();
    let manifest = Manifest::of(&copy, made_at, opened.tables, arguments.with_keys, opened.needs_keys)?;
    private_file(&draft.path().join(MANIFEST), serde_json::to_string_pretty(&manifest)?.as_bytes())?;
    target.take(draft)?;
    let folder = arguments.folder.display();
    if arguments.json {
        return say(
            &json!({"folder": arguments.folder, "backup": manifest, "unreadable": opened.unreadable})
                .to_string(),
        );
    }
    say(&format!(
        "{folder}: {} rows of {} tables in {} bytes, opened and found whole.",
        manifest.rows(),
        manifest.tables.len(),
        manifest.bytes
    ))?;
    if opened.unreadable > 0 {
        tell(&format!(
            "{} stored secret(s) open with no key in force: dashtam keys verify",
            opened.unreadable
        ));
    }
    match arguments.with_keys {
        true => tell("The keys are in it: whoever has this folder can read every stored secret."),
        false => tell(
            "The keys are not in it. Keep them elsewhere (encryption.key and secret.key of the data directory, or the \
             settings they come from): without them the stored secrets do not open.",
        ),
    }
    Ok(())
}

/// The path of the SQLite file. It fails for an installation on Postgres.
fn database_file(settings: &Settings) -> Result<PathBuf> {
    let url = settings.database.url.0.expose();
    if url.is_empty() {
        return Ok(first_start::directory(settings)?.join(DATABASE));
    }
    sqlite_file(url).context(POSTGRES)
}

/// A database that was opened as a server would, and found whole.
struct Opened {
    tables: BTreeMap<String, u64>,
    needs_keys: Vec<String>,
    unreadable: u64,
    /// Whether it has the schema of this program.
    is_current: bool,
}

impl Opened {
    /// Opens the file, reads all of it, counts its rows and opens its secrets.
    async fn open(file: &Path, settings: &Settings, sources: &Sources) -> Result<Self> {
        let ring = wiring::key_ring(settings, sources)?;
        let database = wiring::database_at(settings, &file.display().to_string()).await?;
        let looked = Self::look(&database, ring, sources).await;
        database.close().await;
        looked.with_context(|| format!("{} was opened and is not what it should be", file.display()))
    }

    async fn look(database: &Database, ring: Arc<KeyRing>, sources: &Sources) -> Result<Self> {
        database.examine().await?;
        // A schema that this program does not know is refused here.
        let complete = database.status().await?.iter().all(|(_, applied)| *applied);
        let tables = database.rows_by_table().await?.into_iter().collect();
        if !complete {
            // Made by an earlier version; the next start migrates it, and until then its secrets cannot be looked for.
            return Ok(Self { tables, needs_keys: Vec::new(), unreadable: 0, is_current: false });
        }
        let stored = Keys::new(&database.storage, sources.clone(), ring.clone());
        let census = keys::census(&stored, sources).await?;
        let described = ring.describe().into_iter().zip(&census.by_key);
        let needs_keys =
            described.filter(|(_, values)| **values > 0).map(|(key, _)| key.fingerprint).collect();
        let unreadable = u64::try_from(census.unreadable.len()).unwrap_or(u64::MAX);
        Ok(Self { tables, needs_keys, unreadable, is_current: true })
    }
}

/// The place of a folder that does not exist yet.
struct NewFolder {
    path: PathBuf,
    parent: PathBuf,
}

fn new_folder(path: &Path) -> Result<NewFolder> {
    let empty = fs::read_dir(path).is_ok_and(|mut found| found.next().is_none());
    if path.exists() && !empty {
        bail!("{} is there already: name a new folder for the backup", path.display());
    }
    let name = path.file_name().with_context(|| format!("{} does not name a folder", path.display()))?;
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let parent = parent.canonicalize().with_context(|| format!("{} is not there", parent.display()))?;
    Ok(NewFolder { path: parent.join(name), parent })
}

impl NewFolder {
    /// Gives the finished draft its name. Whoever looks sees all of it or nothing.
    fn take(&self, draft: tempfile::TempDir) -> Result<()> {
        fs::rename(draft.path(), &self.path)
            .with_context(|| format!("the backup cannot be named {}", self.path.display()))?;
        // It has another name now, which nobody has to remove.
        let _ = draft.keep();
        fs::File::open(&self.parent)
            .and_then(|parent| parent.sync_all())
            .context("the backup's name is not on the disk")
    }
}

fn secret_file(path: &Path, secret: &SecretText) -> Result<()> {
    private_file(path, format!("{}\n", secret.expose()).as_bytes())
}

/// Writes a new file that only its owner may read, through to the disk.
fn private_file(path: &Path, content: &[u8]) -> Result<()> {
    let written =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).and_then(|mut file| {
            file.write_all(content)?;
            file.sync_all()
        });
    written.with_context(|| format!("{} cannot be written", path.display()))
}
