//! Commands that look after an installation.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Sources;

#[derive(Debug, Args)]
pub(crate) struct Doctor {
    #[command(flatten)]
    pub(crate) sources: Sources,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Backup {
    /// A folder that is not there yet.
    #[arg(value_name = "FOLDER")]
    pub(crate) folder: PathBuf,
    #[command(flatten)]
    pub(crate) sources: Sources,
    /// Put the keys in too. Whoever has the folder can then read every stored secret.
    #[arg(long)]
    pub(crate) with_keys: bool,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// What `dashtam backup` made.
    #[arg(value_name = "FOLDER")]
    pub(crate) folder: PathBuf,
    #[command(flatten)]
    pub(crate) sources: Sources,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Migrate {
    /// Apply every missing migration.
    Up {
        #[command(flatten)]
        sources: Sources,
    },
    /// Undo the newest migrations, with all data they hold.
    Down {
        #[command(flatten)]
        sources: Sources,
        /// How many migrations to undo.
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
        steps: u32,
        /// Yes, the data they hold may be lost.
        #[arg(long)]
        yes: bool,
    },
    /// List every migration and whether it is applied.
    Status {
        #[command(flatten)]
        sources: Sources,
    },
}
