//! `dashtam config check`.

use std::path::Path;

use anyhow::Result;

use super::{say, settings};
use crate::{cli::Config, wiring};

pub(crate) fn run(command: Config) -> Result<()> {
    let Config::Check { sources } = command;
    let (settings, profile, notes) = settings(&sources, Vec::new())?;
    // Reads the files it names; nothing is connected to and no folder is made.
    wiring::mail::mailer(&settings.mail, Path::new("outbox"), &dashtam_local::sources())?;
    say(&format!("The configuration is valid. Profile: {}.", profile.as_str()))?;
    for note in notes {
        say(&format!("Note: {note}."))?;
    }
    // Secret settings show only whether they are set.
    say(&format!("{settings:#?}"))
}
