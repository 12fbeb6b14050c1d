//! Room for what sign-in and delivery learn next: events carry details, and words that grow are no longer listed in
//! the schema, where neither engine can change the list of a column in place.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TABLES: &[&str] = &["one_time_tokens", "refresh_generations", "sessions"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut details = text("details").default("{}").take();
        manager.alter_table(Table::alter().table("outbox").add_column(&mut details).take()).await?;

        // Sessions and mailed links are short-lived: they are made anew rather than moved. Everyone signs in again.
        drop(manager, TABLES).await?;
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
                maybe_short("end_reason", 32),
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
                short("purpose", 32),
                hash("token_hash"),
                time("created_at"),
                time("expires_at"),
                // What the token is about, e.g. the address to be confirmed.
                maybe_text("subject"),
            ],
        )
        .primary_key(Index::create().col("user_id").col("purpose"))
        .foreign_key(&mut belongs(("one_time_tokens", &["user_id"]), ("users", &["id"])))
        .take();
        create(
            manager,
            [sessions, refresh_generations, one_time_tokens],
            [
                index("sessions", &["user_id", "id"]),
                unique("refresh_generations", &["token_hash"]),
                unique("one_time_tokens", &["token_hash"]),
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // The tables stay: what an older program writes fits into them, once the column it does not know is gone.
        let subject = Table::alter().table("one_time_tokens").drop_column("subject").take();
        manager.alter_table(subject).await?;
        manager.alter_table(Table::alter().table("outbox").drop_column("details").take()).await
    }
}
