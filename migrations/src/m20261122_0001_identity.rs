//! Users, sessions, refresh tokens, one-time tokens and the audit trail.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let users = table(
            "users",
            [
                id(),
                short("email", 255),
                short("email_canonical", 255),
                short("name", 255),
                maybe_short("password_hash", 255),
                maybe_time("email_verified_at"),
                flag("is_active"),
                int("min_token_version"),
                maybe_time("last_login_at"),
                ip("last_login_ip"),
                time("created_at"),
                time("updated_at"),
                int("revision"),
            ],
        );
        let sessions = table(
            "sessions",
            [
                id(),
                uuid("user_id"),
                word("transport", &["token", "cookie", "api_key"]),
                flag("long_lived"),
                time("created_at"),
                time("expires_at"),
                maybe_time("ended_at"),
                maybe_word("end_reason", &["signed_out", "refresh_reuse"]),
                time("last_seen_at"),
                int("token_version"),
                ip("ip_address"),
                maybe_text("user_agent"),
            ],
        )
        .foreign_key(&mut belongs(("sessions", &["user_id"]), ("users", &["id"])))
        .check(Expr::col("ended_at").is_null().eq(Expr::col("end_reason").is_null()))
        .take();
        let refresh_generations = table(
            "refresh_generations",
            [
                uuid("session_id"),
                uuid("user_id"),
                long("generation"),
                hash("token_hash"),
                time("created_at"),
                time("expires_at"),
                maybe_time("used_at"),
            ],
        )
        .primary_key(Index::create().col("session_id").col("generation"))
        .foreign_key(&mut belongs(("refresh_generations", &["session_id"]), ("sessions", &["id"])))
        .take();
        // One row per user and purpose: a new token takes the place of the older one.
        let one_time_tokens = table(
            "one_time_tokens",
            [
                uuid("user_id"),
                word("purpose", &["email_verification"]),
                hash("token_hash"),
                time("created_at"),
                time("expires_at"),
            ],
        )
        .primary_key(Index::create().col("user_id").col("purpose"))
        .foreign_key(&mut belongs(("one_time_tokens", &["user_id"]), ("users", &["id"])))
        .take();
        // References nothing: the trail outlives what it speaks of.
        let audit_log = table(
            "audit_log",
            [
                id(),
                short("action", 64),
                maybe_uuid("user_id"),
                maybe_uuid("connection_id"),
                ip("ip_address"),
                maybe_text("user_agent"),
                text("details"),
                time("created_at"),
            ],
        );
        create(
            manager,
            [users, sessions, refresh_generations, one_time_tokens, audit_log],
            [
                unique("users", &["email_canonical"]),
                index("sessions", &["user_id", "id"]),
                unique("refresh_generations", &["token_hash"]),
                unique("one_time_tokens", &["token_hash"]),
                index("audit_log", &["user_id", "created_at"]),
                index("audit_log", &["user_id", "connection_id", "id"]),
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["audit_log", "one_time_tokens", "refresh_generations", "sessions", "users"]).await
    }
}
