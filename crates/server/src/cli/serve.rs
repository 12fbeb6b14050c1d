//! What `dashtam serve` is started with.

use std::net::SocketAddr;

use clap::Args;

use super::Sources;
use crate::settings::Role;

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
    /// Show a made-up household with two years of accounts, synchronised from the sandbox institution.
    ///
    /// Says where to look and what to sign in with. Everything is in a directory that is removed in the end, or in the one
    /// that --data-dir names: a new one, an empty one, or that of a demo before. No other database, mail server or Redis is used, whatever the
    /// configuration names.
    #[arg(long, conflicts_with = "role")]
    pub(crate) demo: bool,
}
