//! The command line.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::settings::Role;

/// Dashtam: the financial data aggregator you host yourself.
///
/// With nothing configured it runs on SQLite, writes mails to a folder and offers a built-in sandbox
/// institution. Settings are explained in config/default.toml; `dashtam config check` shows what is in force.
///
/// Exit codes: 0 done, 1 refused or failed, 2 wrong usage.
#[derive(Debug, Parser)]
#[command(name = "dashtam", version, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the server.
    ///
    /// The first line on standard output is JSON with the addresses in use; everything else goes to standard
    /// error. Stops gracefully on SIGINT and SIGTERM.
    Serve(Serve),
    /// Try everything out on a throw-away server, and check every figure.
    ///
    /// Starts a real server, signs a user up and in, links the sandbox institution, synchronises, imports a
    /// statement, reads everything back through the API and compares. Ends with 0 only if every figure is right.
    Demo(Demo),
    /// Read statement files without storing anything.
    #[command(subcommand)]
    Statement(Statement),
    /// Run the sandbox institution alone.
    ///
    /// Sign in there as alice with the password sandbox. The first line on standard output is JSON with its
    /// address and the client a Dashtam server uses there.
    Sandbox(Sandbox),
    /// Apply, undo or list the migrations of the database.
    #[command(subcommand)]
    Migrate(Migrate),
    /// Make keys for the configuration.
    #[command(subcommand)]
    Keys(Keys),
    /// Say who is an administrator.
    #[command(subcommand)]
    Admin(Admin),
    /// Look after the audit trail.
    #[command(subcommand)]
    Audit(Audit),
    /// Look at the configuration.
    #[command(subcommand)]
    Config(Config),
    /// Print the OpenAPI document of the API.
    Openapi,
}

/// Where settings come from.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Sources {
    /// A TOML file whose settings win over the built-in ones, and lose to the environment.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Directory for generated keys, the SQLite database and the development outbox.
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    pub(crate) sources: Sources,
    /// Address of the API; port 0 takes a free one.
    #[arg(long, value_name = "ADDR:PORT")]
    pub(crate) listen: Option<SocketAddr>,
    /// Address of the listener for institutions' redirects; port 0 takes a free one.
    #[arg(long, value_name = "ADDR:PORT")]
    pub(crate) callback_listen: Option<SocketAddr>,
    /// Serve http instead of https.
    #[arg(long)]
    pub(crate) plain_http: bool,
    /// What this process does.
    #[arg(long, value_enum)]
    pub(crate) role: Option<Role>,
}

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Import this OFX or QFX file instead of the built-in one.
    #[arg(long, value_name = "FILE")]
    pub(crate) statement: Option<PathBuf>,
    /// Keep the data directory, and say how to go on with it.
    #[arg(long)]
    pub(crate) keep: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Statement {
    /// Show the accounts, sums and problems of an OFX or QFX file.
    ///
    /// Ends with 0 when the file was read, and 1 when it is not a statement.
    Inspect {
        /// The file.
        file: PathBuf,
        /// Print JSON instead of tables.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Sandbox {
    /// Address to listen on; port 0 takes a free one.
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8183")]
    pub(crate) listen: SocketAddr,
    /// Decides all of the bank's data.
    #[arg(long, default_value_t = 2026)]
    pub(crate) seed: u64,
    /// Address users are sent back to; may be repeated.
    #[arg(long, value_name = "URL", default_value = "https://127.0.0.1:8182")]
    pub(crate) redirect_uri: Vec<String>,
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
        /// How many.
        #[arg(long, default_value_t = 1)]
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
pub(crate) enum Keys {
    /// Print a new key.
    Generate {
        /// What for: an entry for security.encryption_keys, or a security.secret_key.
        #[arg(long, value_enum, default_value_t = KeyKind::Encryption)]
        kind: KeyKind,
    },
}

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum KeyKind {
    /// Encrypts stored secrets.
    Encryption,
    /// Signs tokens.
    Secret,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Admin {
    /// Make an account an administrator's.
    Grant(Account),
    /// Take that back.
    Revoke(Account),
}

/// Whose account.
#[derive(Debug, Args)]
pub(crate) struct Account {
    #[command(flatten)]
    pub(crate) sources: Sources,
    /// The account's e-mail address.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) email: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Check that the audit trail is what was written.
    ///
    /// Every line is linked to the one before it under a key that is not in the database. Ends with 0 when nothing was
    /// altered, removed or moved, and with 1 after saying what was.
    Verify {
        #[command(flatten)]
        sources: Sources,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// Check the settings and show those in force; secrets stay hidden.
    Check {
        #[command(flatten)]
        sources: Sources,
    },
}
