//! The sections of the configuration, as `config/default.toml` explains them.

use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf};

use clap::ValueEnum;
use serde::Deserialize;

use super::{Secret, network::Network};

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    pub(crate) server: Server,
    pub(crate) data: Data,
    pub(crate) database: Database,
    pub(crate) redis: Redis,
    pub(crate) rate_limits: RateLimits,
    pub(crate) security: Security,
    pub(crate) tokens: Tokens,
    pub(crate) front_end: FrontEnd,
    pub(crate) mail: Mail,
    pub(crate) sandbox: Sandbox,
    pub(crate) schwab: Schwab,
    pub(crate) simplefin: Simplefin,
    pub(crate) alpaca: Alpaca,
    pub(crate) log: Log,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Server {
    pub(crate) listen: SocketAddr,
    pub(crate) callback_listen: SocketAddr,
    pub(crate) plain_http: bool,
    pub(crate) certificate: PathBuf,
    pub(crate) private_key: PathBuf,
    pub(crate) public_url: String,
    pub(crate) callback_url: String,
    pub(crate) trusted_proxies: Vec<Network>,
    pub(crate) cors_origins: Vec<String>,
    pub(crate) docs: bool,
    pub(crate) role: Role,
    pub(crate) threads: usize,
}

/// What a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Role {
    /// Both.
    All,
    /// Answers requests only.
    Api,
    /// Synchronises and delivers only.
    Worker,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Data {
    pub(crate) dir: PathBuf,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Database {
    /// May hold a password.
    pub(crate) url: Secret,
    pub(crate) max_connections: u32,
    pub(crate) migrate_on_start: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Redis {
    /// May hold a password.
    pub(crate) url: Secret,
    pub(crate) timeout_ms: u32,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RateLimits {
    pub(crate) enabled: bool,
    /// Rates by the names of their rules.
    #[serde(default)]
    pub(crate) rules: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Security {
    pub(crate) secret_key: Secret,
    pub(crate) encryption_keys: Vec<Secret>,
    pub(crate) issuer: String,
    pub(crate) audience: String,
    pub(crate) argon2_memory_kib: u32,
    pub(crate) argon2_passes: u32,
    pub(crate) argon2_lanes: u32,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tokens {
    pub(crate) access_minutes: u32,
    pub(crate) refresh_days: u32,
    pub(crate) verification_hours: u32,
    pub(crate) authorization_minutes: u32,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FrontEnd {
    pub(crate) url: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mail {
    pub(crate) from_email: String,
    pub(crate) from_name: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sandbox {
    pub(crate) enabled: bool,
    pub(crate) listen: SocketAddr,
    pub(crate) seed: u64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Schwab {
    pub(crate) api_key: String,
    pub(crate) api_secret: Secret,
    pub(crate) redirect_uri: String,
    pub(crate) base_url: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Simplefin {
    pub(crate) enabled: bool,
    pub(crate) pending: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Alpaca {
    pub(crate) enabled: bool,
    pub(crate) live_url: String,
    pub(crate) paper_url: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Log {
    pub(crate) format: LogFormat,
    pub(crate) filter: String,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}
