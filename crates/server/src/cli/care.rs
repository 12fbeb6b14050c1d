//! Commands that look after an installation.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use dashtam_domain::identity::EmailAddress;

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

#[derive(Debug, Args)]
pub(crate) struct RestoreAccount {
    /// The archive.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) sources: Sources,
    /// Another e-mail address for the account.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) email: Option<EmailAddress>,
    /// Do everything up to the end, and store nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Rates {
    /// Store the exchange rates of a file, by which net worths are converted.
    ///
    /// Takes the lists of the European Central Bank (eurofxref-hist.csv, unpacked, and eurofxref.csv) and lists of your own
    /// with the header day,base,quote,rate. Rates of the same day from your own list win over those of the bank. Servers
    /// may run meanwhile, and the same file once more changes nothing. A row that cannot be used is told and costs no
    /// other. Ends with 0 when every row was taken, and 1 otherwise.
    Import {
        /// The file.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        sources: Sources,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
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

#[derive(Debug, Subcommand)]
pub(crate) enum Ledger {
    /// Add up the transactions of every account and compare the sums with those that are kept of its days, from which balances
    /// are reckoned.
    ///
    /// Servers may run meanwhile. Ends with 0 when all is right or was put right, and with 1 when something is wrong.
    Check {
        #[command(flatten)]
        sources: Sources,
        /// Put right what is wrong.
        #[arg(long)]
        repair: bool,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Remap {
    #[command(flatten)]
    pub(crate) sources: Sources,
    /// Only rows of this institution (schwab, simplefin, alpaca, sandbox) or of this format of files (ofx).
    #[arg(long, value_name = "KEY")]
    pub(crate) provider: Option<String>,
    /// Show what would change, and change nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Show each row that changes, with what it said and what it says. These are people's transactions.
    #[arg(long)]
    pub(crate) verbose: bool,
    /// Print JSON: with --verbose a line for each row that changes, and the counts in the last line.
    #[arg(long)]
    pub(crate) json: bool,
}
