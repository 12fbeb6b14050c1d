//! `dashtam config check`.

use std::path::Path;

use anyhow::{Context, Result};

use super::{say, sources_of};
use crate::{
    cli::Config,
    settings::{as_toml, load_with_origins},
    wiring,
};

pub(crate) fn run(command: Config) -> Result<()> {
    let Config::Check { sources } = command;
    let loaded = load_with_origins(sources_of(&sources, Vec::new())?)?;
    // Reads the files it names; nothing is connected to and no folder is made.
    wiring::mail::mailer(&loaded.settings.mail, Path::new("outbox"), &dashtam_local::sources())?;
    say(&format!("# The configuration is valid. Profile: {}.", loaded.profile.as_str()))?;
    for note in loaded.notes {
        say(&format!("# Note: {note}."))?;
    }
    say("# What is in force follows, and where it is from unless it is a default. Secrets are hidden.")?;
    let text = as_toml(&loaded.settings, &loaded.origins).context("the settings cannot be shown")?;
    say(text.trim_end())
}
