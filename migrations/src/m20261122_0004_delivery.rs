//! Events that wait to be acted on, and answers kept for repeated requests.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // `due_at` is when an item is next taken up: a worker that takes it moves it behind its lease, and an item
        // that was given up has none.
        let outbox = table(
            "outbox",
            [
                id(),
                uuid("user_id"),
                short("event", 64),
                int("attempts"),
                maybe_time("due_at"),
                time("created_at"),
                maybe_text("last_error"),
            ],
        )
        .foreign_key(&mut belongs(("outbox", &["user_id"]), ("users", &["id"])))
        .take();
        let idempotency_keys = table(
            "idempotency_keys",
            [
                short("scope", 255),
                short("key", 255),
                hash("fingerprint"),
                ColumnDef::new("status").integer().take(),
                maybe_text("body"),
                time("created_at"),
            ],
        )
        .primary_key(Index::create().col("scope").col("key"))
        .take();
        create(
            manager,
            [outbox, idempotency_keys],
            [
                index("outbox", &["user_id"]),
                index("outbox", &["due_at"]).and_where(Expr::col("due_at").is_not_null()).take(),
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["idempotency_keys", "outbox"]).await
    }
}
