//! The command line.

mod admin;
mod care;
mod serve;

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};
use dashtam_domain::{id::OutboxId, identity::EmailAddress};

pub(crate) use admin::{Admin, NewAdministrator};
pub(crate) use care::{Backup, Doctor, Ledger, Migrate, Rates, Remap, Restore, RestoreAccount};
pub(crate) use serve::Serve;

/// Dashtam: the financial data aggregator you host yourself.
///
/// With nothing configured it runs on SQLite, writes mails to a folder and offers a built-in sandbox
/// institution; `dashtam serve` says where to open it in a browser. Settings are explained in config/default.toml; `dashtam config check` shows what is in force.
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
    /// Run the server, or with --demo one to look at.
    ///
    /// The first line on standard output is JSON with the addresses in use; everything else goes to standard
    /// error: while there is no account, a link that makes the first one in a browser. Stops gracefully on SIGINT and
    /// SIGTERM.
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
    /// Read the stored rows of institutions and files again, as this version understands them.
    ///
    /// Asks no institution: each transaction is kept with its row as it was sent. What a row says otherwise now is written
    /// like a change that a synchronisation found, and programs that follow the ledger hear of it. Servers may run
    /// meanwhile. It can be interrupted at any moment and goes on when it is run again. Rows that were removed stay so,
    /// and a row that cannot be read stays as it is.
    Remap(Remap),
    /// Check what is kept of the ledger beside its rows, and put it right.
    #[command(subcommand)]
    Ledger(Ledger),
    /// Copy users, providers, tokens and audit trails from a database of the reference system.
    ///
    /// Reads Postgres in one read-only transaction and never writes there. Copies into the database of this
    /// installation, with the ids kept, so give it the settings the server runs with. The keys of the reference
    /// system belong into security.encryption_keys, behind the key new secrets get: reference:<ENCRYPTION_KEY>, or
    /// reference-secret:<SECRET_KEY> if it had no ENCRYPTION_KEY.
    ///
    /// It can be run again: what is there is left as it is, what was removed from Dashtam since stays away, and what
    /// is missing is copied. Login sessions and mailed links are not copied; people sign in again, with their old
    /// passwords.
    ///
    /// Ends with 0 when every row was copied or there, and 1 when one was refused; the report names each with its
    /// reason.
    ImportReference(ImportReference),
    /// Make, list and exchange the keys that encrypt stored secrets.
    #[command(subcommand)]
    Keys(Keys),
    /// Show or rotate the key pair that signs access tokens (tokens.algorithm = "RS256").
    #[command(subcommand)]
    Keystore(Keystore),
    /// Try mails out, and look after those that could not be delivered.
    #[command(subcommand)]
    Mail(Mail),
    /// Make administrators, and switch accounts off and on.
    #[command(subcommand)]
    Admin(Admin),
    /// Look after exchange rates.
    #[command(subcommand)]
    Rates(Rates),
    /// Look after the audit trail.
    #[command(subcommand)]
    Audit(Audit),
    /// Look at everything a server needs, and say what to do about what is wrong.
    ///
    /// Configuration, data directory, disk, certificate, database, migrations, rows, keys against the stored secrets,
    /// clock, mail, Redis and institutions. Changes nothing, sends nothing, and may run beside a server. Ends with 0 when
    /// nothing keeps the server from working, and 1 otherwise.
    Doctor(Doctor),
    /// Copy the SQLite database into a new folder, while servers go on working.
    ///
    /// The copy is opened, read as a whole and described in backup.json. The keys are left out unless --with-keys is
    /// given: keep them elsewhere, because without them the stored secrets do not open. Mails in the outbox and the
    /// sandbox institution's own state are not part of it.
    Backup(Backup),
    /// Make a backup the database of an installation that has none.
    ///
    /// Checks the copy against its description, takes over keys that are in the backup where the data directory has
    /// none, and refuses keys that do not open the stored secrets. What is there already is never replaced. Ends with 0
    /// only when the restored database was opened and every table has the rows of the backup.
    Restore(Restore),
    /// Bring one account back from the archive that its owner had made of it (Settings, “Download everything”).
    ///
    /// Works on both engines, whichever the archive is from, and keeps every id, time and number. Passwords, second factors,
    /// sessions, API keys, secrets of institutions and webhooks are in no archive: the command prints a link by which the
    /// owner chooses a password once, connections are to be linked again, and webhooks need new secrets. Roles and limits
    /// that administrators set elsewhere are not taken over.
    ///
    /// The archive is read to its end first, and refused when it is cut off or has changed. Nothing is replaced: an account,
    /// address or id that is there already is refused. Either all is stored or nothing. Servers may run meanwhile; on
    /// SQLite they wait with what they write. Ends with 0 when the account is back, and 1 otherwise.
    RestoreAccount(RestoreAccount),
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
    /// Show the accounts, sums and problems of a statement file: OFX, QFX, CSV, QIF or CAMT.053.
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
    #[arg(long, value_name = "URL", default_value = "https://127.0.0.1:8182", value_parser = web_address)]
    pub(crate) redirect_uri: Vec<String>,
}

/// An address of the web, as it was written: it is compared letter by letter.
fn web_address(text: &str) -> Result<String, &'static str> {
    match url::Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(text.to_owned()),
        _ => Err("use an http or https address"),
    }
}

#[derive(Args)]
pub(crate) struct ImportReference {
    #[command(flatten)]
    pub(crate) sources: Sources,
    /// Address of the reference system's database: postgres://user@host/name, as in its DATABASE_URL. The password
    /// may come from the variable PGPASSWORD instead.
    #[arg(long, value_name = "URL")]
    pub(crate) database: String,
    /// Print the report as JSON.
    #[arg(long)]
    pub(crate) json: bool,
    /// Do everything and store nothing. Dashtam's own database gets its tables all the same.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// The address may hold a password, so it is not shown.
impl std::fmt::Debug for ImportReference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ImportReference").field("sources", &self.sources).finish_non_exhaustive()
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    /// Print a new key.
    Generate {
        /// What for: an entry for security.encryption_keys, or a security.secret_key.
        #[arg(long, value_enum, default_value_t = KeyKind::Encryption)]
        kind: KeyKind,
    },
    /// List the encryption keys in force, the one that seals first.
    ///
    /// Shows a fingerprint of each, never a key.
    List {
        #[command(flatten)]
        sources: Sources,
        /// Print JSON instead of a table.
        #[arg(long)]
        json: bool,
    },
    /// Add a new encryption key that seals from now on; the others go on opening what they sealed.
    ///
    /// Keys in the data directory are changed there, and running servers take the change over. Where the configuration
    /// gives the keys, nothing is changed: the new entry is printed, and on standard error what to do with it.
    Add {
        #[command(flatten)]
        sources: Sources,
        /// The format in which the key seals.
        #[arg(long, value_enum, default_value_t = RingKeyKind::Fernet)]
        kind: RingKeyKind,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Re-encrypt every stored secret with the newest key.
    ///
    /// Servers may run meanwhile. It can be interrupted at any moment and goes on when it is run again. Ends with 0
    /// when no value is left under an older key, and 1 otherwise.
    Rotate {
        #[command(flatten)]
        sources: Sources,
        /// Values in one transaction.
        #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=500))]
        batch: u16,
        /// Print JSON instead of a table.
        #[arg(long)]
        json: bool,
    },
    /// Give up stored secrets that no key opens.
    ///
    /// For a key that is lost for good. Connections are marked for linking again, and their owners are told; an
    /// authenticator gives way to its backup codes; a signing key gives way to a new one. Where the file with the keys
    /// is missing, a new key is made. What a key opens is left alone. Servers may run meanwhile.
    Forget {
        #[command(flatten)]
        sources: Sources,
        /// Yes, the key is lost: nothing will ever open these values again.
        #[arg(long, required = true)]
        lost: bool,
        /// Print JSON instead of lines.
        #[arg(long)]
        json: bool,
    },
    /// Count the stored secrets by the key each is under, and change nothing.
    ///
    /// Lists those that no key opens, and ends with 1 if there are any.
    Verify {
        #[command(flatten)]
        sources: Sources,
        /// Print JSON instead of a table.
        #[arg(long)]
        json: bool,
    },
}

/// Formats of new encryption keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RingKeyKind {
    /// Every stock Fernet implementation reads what it seals.
    Fernet,
    /// What it seals opens only in its own table, column and row.
    #[value(name = "xchacha20poly1305")]
    XChaCha20Poly1305,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Keystore {
    /// List the key that signs and those published beside it.
    Show {
        #[command(flatten)]
        sources: Sources,
    },
    /// Publish the next key, which the running servers put in force ten minutes later.
    ///
    /// Nobody is signed out: the present key goes on verifying until its last token has ended.
    Rotate {
        #[command(flatten)]
        sources: Sources,
        /// The present key is in wrong hands: replace it now. Every access token stops working within seconds;
        /// refresh tokens go on.
        #[arg(long)]
        compromised: bool,
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

#[derive(Debug, Subcommand)]
pub(crate) enum Mail {
    /// Send a test mail as configured, and say what the mail server answered.
    Test {
        #[command(flatten)]
        sources: Sources,
        /// Whom to send it to.
        #[arg(long, value_name = "ADDRESS")]
        to: EmailAddress,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Mails that were refused or tried too often.
    #[command(subcommand)]
    Dead(DeadLetters),
}

#[derive(Debug, Subcommand)]
pub(crate) enum DeadLetters {
    /// List the mails that were given up, oldest first.
    List {
        #[command(flatten)]
        sources: Sources,
        /// Print JSON instead of a table.
        #[arg(long)]
        json: bool,
    },
    /// Try one again, as if it had just been written.
    Retry {
        #[command(flatten)]
        sources: Sources,
        /// Its id, as the list shows it.
        id: OutboxId,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Remove one; it is never sent.
    Drop {
        #[command(flatten)]
        sources: Sources,
        /// Its id, as the list shows it.
        id: OutboxId,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}
