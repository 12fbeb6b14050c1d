//! `dashtam admin …`.

use clap::{Args, Subcommand};

use dashtam_domain::identity::{EmailAddress, PersonName};

use super::Sources;

#[derive(Debug, Subcommand)]
pub(crate) enum Admin {
    /// Make an account for an administrator, who chooses its password by a link.
    ///
    /// The link works once, for three days. It is mailed where mails leave this machine; otherwise it is printed.
    Create(NewAdministrator),
    /// List the administrators.
    List {
        #[command(flatten)]
        sources: Sources,
    },
    /// Show an account: whether it can be used, and the locks that wrong passwords and codes put on it.
    Show(Account),
    /// Lift the locks that wrong passwords and wrong codes put on an account.
    Unlock(Account),
    /// Switch an account on again, and keep it if it was given up.
    Enable(Account),
    /// Switch an account off and sign its owner out.
    Disable(Account),
    /// Make an account an administrator.
    Grant(Account),
    /// Take the role of an administrator away from an account.
    Revoke(Account),
}

/// The administrator to make.
#[derive(Debug, Args)]
pub(crate) struct NewAdministrator {
    #[command(flatten)]
    pub(crate) sources: Sources,
    /// The e-mail address.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) email: EmailAddress,
    /// The person's name.
    #[arg(long, value_name = "NAME", default_value = "Administrator")]
    pub(crate) name: PersonName,
}

/// The account that is meant.
#[derive(Debug, Args)]
pub(crate) struct Account {
    #[command(flatten)]
    pub(crate) sources: Sources,
    /// The account's e-mail address.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) email: EmailAddress,
}
