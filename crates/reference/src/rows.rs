//! Rows of the reference system. Instants are text as its database prints them: RFC 3339, or a word such as
//! `infinity`.

use std::fmt;

use dashtam_domain::{
    identity::PasswordHash,
    secret::{Sealed, SecretText},
};
use serde_json::Value;
use uuid::Uuid;

/// A table of the reference system whose rows are copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReferenceTable {
    /// User accounts.
    Users,
    /// Connections.
    Providers,
    /// The state of each instance's connection.
    Connections,
    /// The institution's tokens of each connection.
    Tokens,
    /// The audit trail of connections.
    AuditLogs,
}

impl ReferenceTable {
    /// All of them, each before the ones whose rows point at it.
    pub const ALL: [Self; 5] =
        [Self::Users, Self::Providers, Self::Connections, Self::Tokens, Self::AuditLogs];

    /// Its name there.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Providers => "providers",
            Self::Connections => "provider_connections",
            Self::Tokens => "provider_tokens",
            Self::AuditLogs => "provider_audit_logs",
        }
    }
}

/// What the reference system keeps and Dashtam has no place for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeftBehind {
    /// Login sessions.
    Sessions,
    /// Mailed proofs of an address.
    EmailVerifications,
    /// Mailed password resets.
    PasswordResets,
    /// Connections with a list of account ids.
    AccountsLists,
    /// Users locked out at this moment.
    Locks,
    /// Refused requests.
    RateLimitLog,
}

impl LeftBehind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::Sessions,
        Self::EmailVerifications,
        Self::PasswordResets,
        Self::AccountsLists,
        Self::Locks,
        Self::RateLimitLog,
    ];

    /// Where it is kept there.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sessions => "refresh_tokens",
            Self::EmailVerifications => "email_verification_tokens",
            Self::PasswordResets => "password_reset_tokens",
            Self::AccountsLists => "provider_connections.accounts_list",
            Self::Locks => "users.account_locked_until",
            Self::RateLimitLog => "rate_limit_audit_logs",
        }
    }
}

/// A row of `users`.
#[derive(Clone)]
pub struct ReferenceUser {
    /// `id`.
    pub id: Uuid,
    /// `email`, as typed.
    pub email: String,
    /// `name`.
    pub name: String,
    /// `password_hash`: bcrypt.
    pub password: Option<PasswordHash>,
    /// `email_verified`.
    pub is_verified: bool,
    /// `email_verified_at`.
    pub verified_at: Option<String>,
    /// `is_active` and not deleted.
    pub is_active: bool,
    /// `min_token_version`.
    pub token_version: i32,
    /// `last_login_at`.
    pub last_login_at: Option<String>,
    /// `last_login_ip`, perhaps with a mask.
    pub last_login_address: Option<String>,
    /// `created_at`.
    pub created_at: String,
    /// `updated_at`.
    pub updated_at: Option<String>,
}

/// Only the id: the rest is personal.
impl fmt::Debug for ReferenceUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReferenceUser").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A row of `providers`.
#[derive(Debug, Clone)]
pub struct ReferenceProvider {
    /// `id`.
    pub id: Uuid,
    /// `provider_key`.
    pub key: String,
    /// `alias`.
    pub alias: String,
    /// `provider_metadata`, as it is.
    pub metadata: Option<Value>,
    /// Whether it was deleted or switched off.
    pub is_deleted: bool,
    /// `created_at`.
    pub created_at: String,
    /// `updated_at`.
    pub updated_at: Option<String>,
}

/// A row of `provider_connections`.
#[derive(Debug, Clone)]
pub struct ReferenceConnection {
    /// `id`; audit lines and tokens point at it.
    pub id: Uuid,
    /// `status`: the label in the database, in upper case.
    pub status: String,
    /// `connected_at`.
    pub connected_at: Option<String>,
    /// `last_sync_at`.
    pub last_sync_at: Option<String>,
    /// `next_sync_at`.
    pub next_sync_at: Option<String>,
    /// `sync_frequency_minutes`.
    pub sync_frequency_minutes: i32,
    /// `error_message`.
    pub error_message: Option<String>,
    /// `error_count`.
    pub error_count: i32,
    /// `accounts_count`.
    pub accounts_count: i32,
    /// Whether it was deleted or switched off.
    pub is_deleted: bool,
    /// `updated_at`.
    pub updated_at: Option<String>,
}

/// A row of `provider_tokens`.
#[derive(Debug, Clone)]
pub struct ReferenceToken {
    /// `id`.
    pub id: Uuid,
    /// `access_token_encrypted`.
    pub access_token: Option<Sealed>,
    /// `refresh_token_encrypted`.
    pub refresh_token: Option<Sealed>,
    /// `id_token`, which is not encrypted there.
    pub id_token: Option<SecretText>,
    /// `token_type`.
    pub token_type: String,
    /// `expires_at`; `None` when it does not end.
    pub expires_at: Option<String>,
    /// `scope`.
    pub scope: Option<String>,
    /// `last_refreshed_at`.
    pub last_refreshed_at: Option<String>,
    /// `refresh_count`.
    pub refresh_count: i32,
    /// Whether it was deleted or switched off.
    pub is_deleted: bool,
    /// `created_at`.
    pub created_at: String,
    /// `updated_at`.
    pub updated_at: Option<String>,
}

/// A row of `provider_audit_logs`.
#[derive(Debug, Clone)]
pub struct ReferenceAuditLine {
    /// `id`.
    pub id: Uuid,
    /// The provider whose connection it speaks of, if that is still there and the same user's.
    pub provider: Option<Uuid>,
    /// `action`.
    pub action: String,
    /// `details`.
    pub details: Value,
    /// `ip_address`: any text.
    pub address: Option<String>,
    /// `user_agent`.
    pub user_agent: Option<String>,
    /// `created_at`.
    pub created_at: String,
}

/// A provider with its connection and that one's tokens.
#[derive(Debug, Clone)]
pub struct ReferenceLink {
    /// The provider.
    pub provider: ReferenceProvider,
    /// Its connection.
    pub connection: Option<ReferenceConnection>,
    /// The connection's tokens; there are none without a connection.
    pub token: Option<ReferenceToken>,
}

/// A user with everything owned but the audit trail, which may be long.
#[derive(Debug, Clone)]
pub struct ReferenceAccount {
    /// The user it is about.
    pub user: ReferenceUser,
    /// The user's providers.
    pub links: Vec<ReferenceLink>,
}
