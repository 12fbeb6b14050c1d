//! `dashtam config check`.

use anyhow::Result;

use super::{say, settings};
use crate::cli::Config;

pub(crate) fn run(command: Config) -> Result<()> {
    let Config::Check { sources } = command;
    let (settings, profile, notes) = settings(&sources, Vec::new())?;
    say(&format!("The configuration is valid. Profile: {}.", profile.as_str()))?;
    for note in notes {
        say(&format!("Note: {note}."))?;
    }
    // Secret settings show only whether they are set.
    say(&format!("{settings:#?}"))
}
