//! The sections of the configuration, as `config/default.toml` explains them.

use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf};

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use super::{Secret, network::Network};

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    pub(crate) server: Server,
    pub(crate) http: Http,
    pub(crate) metrics: Metrics,
    pub(crate) data: Data,
    pub(crate) database: Database,
    pub(crate) redis: Redis,
    pub(crate) rate_limits: RateLimits,
    pub(crate) security: Security,
    pub(crate) tokens: Tokens,
    pub(crate) registration: Registration,
    pub(crate) login_links: LoginLinks,
    pub(crate) geoip: Geoip,
    pub(crate) front_end: FrontEnd,
    pub(crate) web: Web,
    pub(crate) mail: Mail,
    pub(crate) sync: Sync,
    pub(crate) webhooks: Webhooks,
    pub(crate) sandbox: Sandbox,
    pub(crate) schwab: Schwab,
    pub(crate) simplefin: Simplefin,
    pub(crate) alpaca: Alpaca,
    pub(crate) plaid: Plaid,
    pub(crate) enable_banking: EnableBanking,
    pub(crate) log: Log,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
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

/// How many clients there may be and how long they may take.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Http {
    pub(crate) max_connections: usize,
    pub(crate) connections_per_client: usize,
    pub(crate) connections_per_site: usize,
    pub(crate) reserved_percent: usize,
    pub(crate) head_seconds: u64,
    pub(crate) body_seconds: u64,
    pub(crate) body_bytes_per_second: u32,
    pub(crate) request_seconds: u64,
    pub(crate) idle_seconds: u64,
    pub(crate) unread_seconds: u64,
    pub(crate) compress: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Metrics {
    pub(crate) listen: String,
}

impl Metrics {
    /// The address of the listener for metrics, if there is to be one.
    pub(crate) fn address(&self) -> Option<SocketAddr> {
        // Whether it is an address is checked when the settings are read.
        self.listen.parse().ok()
    }
}

/// The work that a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Role {
    /// Answers requests and does the background work.
    All,
    /// Answers requests only.
    Api,
    /// Does the background work only.
    Worker,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Data {
    pub(crate) dir: PathBuf,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Database {
    /// The address of the database, which may hold a password.
    pub(crate) url: Secret,
    pub(crate) max_connections: u32,
    pub(crate) migrate_on_start: bool,
    pub(crate) max_size_mb: u32,
    pub(crate) sync_every_commit: bool,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Redis {
    /// The address of Redis, which may hold a password.
    pub(crate) url: Secret,
    pub(crate) timeout_ms: u32,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RateLimits {
    pub(crate) enabled: bool,
    pub(crate) ipv6_site_factor: u32,
    /// Other rates, by the names of their rules.
    #[serde(default)]
    pub(crate) rules: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Security {
    pub(crate) secret_key: Secret,
    pub(crate) encryption_keys: Vec<Secret>,
    pub(crate) issuer: String,
    pub(crate) audience: String,
    pub(crate) accept_reference_tokens: bool,
    pub(crate) argon2_memory_kib: u32,
    pub(crate) argon2_passes: u32,
    pub(crate) argon2_lanes: u32,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tokens {
    pub(crate) algorithm: Algorithm,
    pub(crate) key_days: u32,
    pub(crate) access_minutes: u32,
    pub(crate) refresh_days: u32,
    pub(crate) verification_hours: u32,
    pub(crate) reset_minutes: u32,
    pub(crate) authorization_minutes: u32,
}

#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Registration {
    pub(crate) mode: RegistrationMode,
}

/// How accounts come to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RegistrationMode {
    /// Everybody makes one on their own.
    Open,
    /// Administrators and managers make them for others.
    Invitation,
    /// Only the command line makes one.
    Closed,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoginLinks {
    pub(crate) enabled: bool,
    pub(crate) minutes: u32,
}

/// The algorithm that signs access tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) enum Algorithm {
    /// HMAC-SHA-256 with `security.secret_key`.
    #[serde(rename = "HS256")]
    Hs256,
    /// RSA with the key pair of the keystore.
    #[serde(rename = "RS256")]
    Rs256,
}

impl Algorithm {
    /// Whether other programs can verify tokens with a public key.
    pub(crate) fn has_key_pair(self) -> bool {
        self == Self::Rs256
    }
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Geoip {
    pub(crate) database: PathBuf,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FrontEnd {
    pub(crate) url: String,
}

/// The pages for people.
#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Web {
    pub(crate) enabled: bool,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mail {
    pub(crate) transport: MailTransport,
    pub(crate) from_email: String,
    pub(crate) from_name: String,
    pub(crate) support_address: String,
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) security: MailSecurity,
    pub(crate) allow_unencrypted: bool,
    pub(crate) user: String,
    pub(crate) password: Secret,
    pub(crate) ca_file: PathBuf,
    pub(crate) hello_name: String,
    pub(crate) connect_seconds: u64,
    pub(crate) send_seconds: u64,
    pub(crate) connections: usize,
    pub(crate) aws_region: String,
    pub(crate) aws_access_key_id: String,
    pub(crate) aws_secret_access_key: Secret,
    pub(crate) aws_session_token: Secret,
    pub(crate) ses_endpoint: String,
}

/// How mails leave the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum MailTransport {
    /// They are written to files in the data directory.
    Outbox,
    /// They are handed to a mail server over SMTP.
    Smtp,
    /// They are handed to Amazon SES over SMTP.
    Ses,
    /// They are handed to Amazon SES over its HTTP API, which takes the credentials of roles.
    #[serde(rename = "ses-api")]
    SesApi,
}

/// How the connection to a mail server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum MailSecurity {
    /// By STARTTLS, before anything else is said.
    StartTls,
    /// By TLS, from the first byte.
    Tls,
    /// Not at all: passwords and mails can be read on the way.
    None,
}

/// Synchronisations by workers.
#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sync {
    pub(crate) enabled: bool,
    pub(crate) concurrency: usize,
}

#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Webhooks {
    pub(crate) enabled: bool,
    pub(crate) allow_private: bool,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sandbox {
    pub(crate) enabled: bool,
    pub(crate) listen: SocketAddr,
    pub(crate) seed: u64,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Schwab {
    pub(crate) api_key: String,
    pub(crate) api_secret: Secret,
    pub(crate) redirect_uri: String,
    pub(crate) base_url: String,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Simplefin {
    pub(crate) enabled: bool,
    pub(crate) allowed_networks: Vec<Network>,
    pub(crate) pending: bool,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Alpaca {
    pub(crate) enabled: bool,
    pub(crate) live_url: String,
    pub(crate) paper_url: String,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Plaid {
    pub(crate) client_id: Secret,
    pub(crate) secret: Secret,
    pub(crate) environment: PlaidEnvironment,
    pub(crate) products: Vec<String>,
    pub(crate) country_codes: Vec<String>,
    pub(crate) language: String,
    pub(crate) redirect_uri: String,
    pub(crate) webhook_uri: String,
    pub(crate) base_url: String,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EnableBanking {
    pub(crate) application_id: String,
    pub(crate) private_key: Secret,
    pub(crate) private_key_file: PathBuf,
    pub(crate) banks: Vec<String>,
    pub(crate) psu_type: PsuType,
    pub(crate) redirect_uri: String,
    pub(crate) base_url: String,
}

/// Whose accounts are linked through Enable Banking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum PsuType {
    /// Those of people.
    Personal,
    /// Those of companies.
    Business,
}

/// Which of Plaid's environments is asked; each has a secret of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum PlaidEnvironment {
    /// Everything is made up.
    Sandbox,
    /// Real banks.
    Production,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Log {
    pub(crate) format: LogFormat,
    pub(crate) filter: String,
}

/// The form of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// Text, for people.
    Text,
    /// JSON, for programs.
    Json,
}
