//! Rows as Postgres makes JSON of them.

use dashtam_domain::{
    identity::PasswordHash,
    secret::{Sealed, SecretText},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    ReferenceAuditLine, ReferenceConnection, ReferenceError, ReferenceProvider, ReferenceToken, ReferenceUser,
};

/// Reads a row. What is wrong with it is said without its values.
pub(crate) fn read<T: DeserializeOwned>(table: &str, row: &str) -> Result<T, ReferenceError> {
    serde_json::from_str(row).map_err(|error| {
        let what = match error.classify() {
            serde_json::error::Category::Data => missing(&error).unwrap_or("a column has another type"),
            _ => "a row is not JSON",
        };
        ReferenceError::Foreign(format!("{table}: {what}"))
    })
}

/// The one message of serde's that quotes no value.
fn missing(error: &serde_json::Error) -> Option<&'static str> {
    error.to_string().starts_with("missing field").then_some("a column is missing")
}

/// What every table has.
#[derive(Deserialize)]
pub(crate) struct Base {
    created_at: String,
    updated_at: Option<String>,
    deleted_at: Option<String>,
    is_active: bool,
}

impl Base {
    fn is_deleted(&self) -> bool {
        self.deleted_at.is_some() || !self.is_active
    }
}

fn first_version() -> i32 {
    1
}

#[derive(Deserialize)]
pub(crate) struct User {
    pub(crate) id: Uuid,
    email: Option<String>,
    name: Option<String>,
    password_hash: Option<String>,
    // Both names were in use.
    #[serde(alias = "is_verified")]
    email_verified: bool,
    email_verified_at: Option<String>,
    #[serde(alias = "last_login")]
    last_login_at: Option<String>,
    last_login_ip: Option<String>,
    #[serde(default = "first_version")]
    min_token_version: i32,
    #[serde(flatten)]
    base: Base,
}

impl From<User> for ReferenceUser {
    fn from(row: User) -> Self {
        Self {
            id: row.id,
            email: row.email.unwrap_or_default(),
            name: row.name.unwrap_or_default(),
            password: row.password_hash.map(PasswordHash::new),
            is_verified: row.email_verified,
            verified_at: row.email_verified_at,
            is_active: !row.base.is_deleted(),
            token_version: row.min_token_version,
            last_login_at: row.last_login_at,
            last_login_address: row.last_login_ip,
            created_at: row.base.created_at,
            updated_at: row.base.updated_at,
        }
    }
}

#[derive(Deserialize)]
pub(crate) struct Provider {
    pub(crate) id: Uuid,
    pub(crate) user_id: Uuid,
    provider_key: String,
    alias: String,
    #[serde(default)]
    provider_metadata: Option<Value>,
    #[serde(flatten)]
    base: Base,
}

impl From<Provider> for ReferenceProvider {
    fn from(row: Provider) -> Self {
        Self {
            id: row.id,
            key: row.provider_key,
            alias: row.alias,
            metadata: row.provider_metadata,
            is_deleted: row.base.is_deleted(),
            created_at: row.base.created_at,
            updated_at: row.base.updated_at,
        }
    }
}

#[derive(Deserialize)]
pub(crate) struct Connection {
    pub(crate) id: Uuid,
    pub(crate) provider_id: Uuid,
    status: String,
    connected_at: Option<String>,
    last_sync_at: Option<String>,
    next_sync_at: Option<String>,
    sync_frequency_minutes: i32,
    error_message: Option<String>,
    error_count: i32,
    accounts_count: i32,
    #[serde(flatten)]
    base: Base,
}

impl From<Connection> for ReferenceConnection {
    fn from(row: Connection) -> Self {
        Self {
            id: row.id,
            status: row.status,
            connected_at: row.connected_at,
            last_sync_at: row.last_sync_at,
            next_sync_at: row.next_sync_at,
            sync_frequency_minutes: row.sync_frequency_minutes,
            error_message: row.error_message,
            error_count: row.error_count,
            accounts_count: row.accounts_count,
            is_deleted: row.base.is_deleted(),
            updated_at: row.base.updated_at,
        }
    }
}

#[derive(Deserialize)]
pub(crate) struct Token {
    id: Uuid,
    pub(crate) connection_id: Uuid,
    access_token_encrypted: Option<String>,
    refresh_token_encrypted: Option<String>,
    id_token: Option<String>,
    token_type: String,
    expires_at: Option<String>,
    scope: Option<String>,
    last_refreshed_at: Option<String>,
    refresh_count: i32,
    #[serde(flatten)]
    base: Base,
}

impl From<Token> for ReferenceToken {
    fn from(row: Token) -> Self {
        Self {
            id: row.id,
            access_token: row.access_token_encrypted.map(Sealed::new),
            refresh_token: row.refresh_token_encrypted.map(Sealed::new),
            id_token: row.id_token.map(SecretText::new),
            token_type: row.token_type,
            expires_at: row.expires_at,
            scope: row.scope,
            last_refreshed_at: row.last_refreshed_at,
            refresh_count: row.refresh_count,
            is_deleted: row.base.is_deleted(),
            created_at: row.base.created_at,
            updated_at: row.base.updated_at,
        }
    }
}

#[derive(Deserialize)]
pub(crate) struct AuditLine {
    id: Uuid,
    action: String,
    #[serde(default)]
    details: Value,
    ip_address: Option<String>,
    user_agent: Option<String>,
    created_at: String,
}

impl AuditLine {
    /// The line, about this provider.
    pub(crate) fn about(self, provider: Option<Uuid>) -> ReferenceAuditLine {
        ReferenceAuditLine {
            id: self.id,
            provider,
            action: self.action,
            details: self.details,
            address: self.ip_address,
            user_agent: self.user_agent,
            created_at: self.created_at,
        }
    }
}

/// What was wrong with a statement, in the driver's words: they may quote a value, so only the code is kept.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Failure(String);

/// A driver's error without what it quotes.
pub(crate) fn failure(error: &sqlx::Error) -> Failure {
    match error.as_database_error() {
        Some(database) => Failure(format!("error {} of the database", database.code().unwrap_or_default())),
        None => Failure(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_of_both_generations_are_read() {
        let older = r#"{"id":"8b0f5c0e-2f3c-4a39-9c59-2f2f2f2f2f2f","email":null,"name":"Ann",
            "password_hash":"x","is_verified":true,"last_login":"2025-01-02T03:04:05+00:00",
            "created_at":"2025-01-01T00:00:00+00:00","updated_at":null,"deleted_at":null,"is_active":true}"#;
        let user: ReferenceUser = read::<User>("users", older).map(Into::into).unwrap();
        assert!(user.is_verified && user.is_active && user.email.is_empty());
        assert_eq!((user.token_version, user.last_login_at.is_some()), (1, true));
        let newer = older
            .replace("is_verified", "email_verified")
            .replace("last_login", "last_login_at")
            .replace(r#""is_active":true"#, r#""is_active":false,"min_token_version":4"#);
        let user: ReferenceUser = read::<User>("users", &newer).map(Into::into).unwrap();
        assert!(user.is_verified && !user.is_active);
        assert_eq!(user.token_version, 4);
    }

    #[test]
    fn a_row_that_does_not_fit_is_told_without_its_values() {
        for (row, expected) in [
            (r#"{"id":"hunter2"}"#, "users: a column has another type"),
            (r#"{"id":"8b0f5c0e-2f3c-4a39-9c59-2f2f2f2f2f2f"}"#, "users: a column is missing"),
            ("hunter2", "users: a row is not JSON"),
        ] {
            let error = read::<User>("users", row).map(|user| user.id).unwrap_err().to_string();
            assert_eq!(error, format!("this is not a database of the reference system: {expected}"));
        }
    }
}
