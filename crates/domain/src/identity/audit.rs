//! The audit trail: who did what, from where. Append-only; it outlives what it describes.

use std::net::IpAddr;

use crate::{
    call::Call,
    id::{AuditId, ConnectionId, UserId},
    time::Timestamp,
};

/// What was done. The stored names are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditAction {
    /// An account was registered.
    UserRegistered,
    /// An address was proved.
    EmailVerified,
    /// A sign-in succeeded.
    LoginSucceeded,
    /// A session was ended by its owner.
    SessionEnded,
    /// A spent refresh token came back and its session was ended.
    RefreshReused,
    /// A provider instance was made.
    ProviderCreated,
    /// An authorization at a provider was begun.
    ConnectionInitiated,
    /// A provider's tokens were stored for the first time.
    TokenCreated,
    /// A provider's tokens were replaced by a new authorization.
    TokenUpdated,
    /// A provider's tokens were refreshed.
    TokenRefreshed,
    /// A refresh at the provider failed.
    TokenRefreshFailed,
    /// A connection was given up.
    ConnectionRevoked,
    /// A connection went into error.
    ConnectionError,
    /// A synchronisation began.
    SyncStarted,
    /// A synchronisation ended well.
    SyncCompleted,
    /// A synchronisation failed.
    SyncFailed,
    /// A statement file was imported.
    StatementImported,
}

impl AuditAction {
    const ALL: [Self; 17] = [
        Self::UserRegistered,
        Self::EmailVerified,
        Self::LoginSucceeded,
        Self::SessionEnded,
        Self::RefreshReused,
        Self::ProviderCreated,
        Self::ConnectionInitiated,
        Self::TokenCreated,
        Self::TokenUpdated,
        Self::TokenRefreshed,
        Self::TokenRefreshFailed,
        Self::ConnectionRevoked,
        Self::ConnectionError,
        Self::SyncStarted,
        Self::SyncCompleted,
        Self::SyncFailed,
        Self::StatementImported,
    ];

    /// Reads the stored form.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == text)
    }

    /// Stored and shown form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UserRegistered => "user_registered",
            Self::EmailVerified => "email_verified",
            Self::LoginSucceeded => "login_succeeded",
            Self::SessionEnded => "session_ended",
            Self::RefreshReused => "refresh_reused",
            Self::ProviderCreated => "provider_created",
            Self::ConnectionInitiated => "connection_initiated",
            Self::TokenCreated => "token_created",
            Self::TokenUpdated => "token_updated",
            Self::TokenRefreshed => "token_refreshed",
            Self::TokenRefreshFailed => "token_refresh_failed",
            Self::ConnectionRevoked => "connection_revoked",
            Self::ConnectionError => "connection_error",
            Self::SyncStarted => "sync_started",
            Self::SyncCompleted => "sync_completed",
            Self::SyncFailed => "sync_failed",
            Self::StatementImported => "statement_imported",
        }
    }
}

/// One line of the trail.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEntry {
    /// Its id.
    pub id: AuditId,
    /// When.
    pub at: Timestamp,
    /// What.
    pub action: AuditAction,
    /// Whose account it concerns; `None` when nobody's.
    pub user: Option<UserId>,
    /// The connection it concerns.
    pub connection: Option<ConnectionId>,
    /// Address of the client.
    pub address: Option<IpAddr>,
    /// Software of the client.
    pub user_agent: Option<String>,
    /// Further facts; never a secret.
    pub details: serde_json::Value,
}

impl AuditEntry {
    /// A line about something `call` did to `user`'s account.
    pub fn new(id: AuditId, call: &Call, action: AuditAction, user: UserId) -> Self {
        Self {
            id,
            at: call.now,
            action,
            user: Some(user),
            connection: None,
            address: call.client.address,
            user_agent: call.client.user_agent.clone(),
            details: serde_json::Value::Object(serde_json::Map::new()),
        }
    }

    /// The same line about a connection.
    pub fn about(mut self, connection: ConnectionId) -> Self {
        self.connection = Some(connection);
        self
    }

    /// The same line with further facts.
    pub fn with(mut self, details: serde_json::Value) -> Self {
        self.details = details;
        self
    }
}
