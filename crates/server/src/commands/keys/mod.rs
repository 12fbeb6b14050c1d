//! `dashtam keys`.

mod add;
mod forget;
mod report;
mod rotate;
mod verify;
mod walk;

pub(super) use walk::{census, patiently};

use std::{path::PathBuf, sync::Arc};

use anyhow::Result;
use dashtam_application::sealed::Keys as StoredSecrets;
use dashtam_domain::sources::Sources;
use dashtam_persistence::Database;
use dashtam_security::{KeyRing, generate_fernet_key};
use serde_json::json;

use super::{say, settings};
use crate::{
    cli::{self, KeyKind, Keys},
    first_start::{self, DataDirectory},
    settings::Settings,
    wiring,
};

pub(crate) async fn run(command: Keys) -> Result<()> {
    match command {
        Keys::Generate { kind } => generate(kind),
        Keys::List { sources, json } => list(&Ring::open(&sources).await?, json),
        Keys::Add { sources, kind, json } => add::run(&Ring::open(&sources).await?, kind, json).await,
        Keys::Forget { sources, lost: _, json } => {
            let ring = Ring::open_anew(&sources)?;
            let database = ring.database().await?;
            let result = forget::run(&ring, &database, json).await;
            database.close().await;
            result
        }
        Keys::Rotate { sources, batch, json } => {
            let ring = Ring::open(&sources).await?;
            let database = ring.database().await?;
            let result = rotate::run(&ring, &database, batch, json).await;
            database.close().await;
            result
        }
        Keys::Verify { sources, json } => {
            let ring = Ring::open(&sources).await?;
            let database = ring.database().await?;
            let result = verify::run(&ring, &database, json).await;
            database.close().await;
            result
        }
    }
}

fn generate(kind: KeyKind) -> Result<()> {
    let key = generate_fernet_key(&*dashtam_local::sources().randomness);
    match kind {
        KeyKind::Encryption => say(&format!("fernet:{}", key.expose())),
        // 32 random bytes in base64 serve as a signing key just as well.
        KeyKind::Secret => say(key.expose()),
    }
}

/// The keys in force, and where they come from.
struct Ring {
    settings: Settings,
    sources: Sources,
    keys: Arc<KeyRing>,
    directory: PathBuf,
    /// The file with the keys, unless the configuration gives them.
    file: Option<PathBuf>,
}

impl Ring {
    /// Makes the first key if there is none, unless the database holds what an earlier one sealed.
    async fn open(from: &cli::Sources) -> Result<Self> {
        let sources = dashtam_local::sources();
        let (mut settings, profile, _) = settings(from, Vec::new())?;
        let mut directory = first_start::prepare(&mut settings, profile, &sources)?;
        if directory.lacks_keys() {
            let database = wiring::database(&settings).await?;
            let completed = first_start::complete(&mut settings, &mut directory, &database, &sources).await;
            database.close().await;
            completed?;
        }
        Self::of(settings, sources, directory)
    }

    /// Makes a key if there is none, whatever the database holds.
    fn open_anew(from: &cli::Sources) -> Result<Self> {
        let sources = dashtam_local::sources();
        let (mut settings, profile, _) = settings(from, Vec::new())?;
        let mut directory = first_start::prepare(&mut settings, profile, &sources)?;
        directory.make_keys(&mut settings, &sources)?;
        Self::of(settings, sources, directory)
    }

    fn of(settings: Settings, sources: Sources, directory: DataDirectory) -> Result<Self> {
        let keys = wiring::key_ring(&settings, &sources)?;
        Ok(Self { settings, sources, keys, directory: directory.path, file: directory.key_file })
    }

    /// Where the keys come from, as a word for programs.
    fn origin(&self) -> &'static str {
        if self.file.is_some() { "data_directory" } else { "configuration" }
    }

    /// The database, if its schema is that of this program.
    async fn database(&self) -> Result<Database> {
        let database = wiring::database(&self.settings).await?;
        wiring::require_schema(&database).await?;
        Ok(database)
    }

    fn stored_secrets(&self, database: &Database) -> StoredSecrets {
        StoredSecrets::new(&database.storage, self.sources.clone(), self.keys.clone())
    }
}

fn list(ring: &Ring, json: bool) -> Result<()> {
    if json {
        let keys = report::keys(ring, None);
        return say(&json!({"from": ring.origin(), "file": ring.file, "keys": keys}).to_string());
    }
    match &ring.file {
        Some(file) => say(&format!("Keys of {}:", file.display()))?,
        None => say("Keys of the configuration (security.encryption_keys, ENCRYPTION_KEY):")?,
    }
    say(&report::table(ring, None))
}
