//! Endpoints that are told of events, and what is sent to them.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const ENDPOINTS: &str = "webhooks";
const DELIVERIES: &str = "webhook_deliveries";
/// Those of which something is due, by when.
const DUE: &str = "ix_webhooks_due";
/// What is due of one.
const DUE_OF: &str = "ix_webhook_deliveries_due";
/// What is over, for whoever removes it.
const OVER: &str = "ix_webhook_deliveries_over";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = [
            id(),
            uuid("user_id"),
            text("url"),
            maybe_text("description"),
            text("kinds"),
            maybe_short("disabled_because", 16),
            maybe_text("secret_encrypted"),
            maybe_text("previous_secret_encrypted"),
            maybe_time("previous_until"),
            long("position"),
            maybe_time("failing_since"),
            maybe_time("due_at"),
            maybe_time("held_until"),
            time("created_at"),
            time("updated_at"),
        ];
        let endpoints = table(ENDPOINTS, columns)
            .foreign_key(&mut belongs((ENDPOINTS, &["user_id"]), ("users", &["id"])))
            .take();
        let columns = [
            id(),
            uuid("user_id"),
            uuid("webhook_id"),
            short("event", 32),
            ColumnDef::new("seq").big_integer().take(),
            text("body"),
            short("state", 16),
            int("tries"),
            maybe_time("due_at"),
            maybe_time("tried_at"),
            ColumnDef::new("tried_millis").big_integer().take(),
            ColumnDef::new("status").integer().take(),
            maybe_text("answer"),
            maybe_short("failure", 32),
            time("created_at"),
        ];
        let of = (DELIVERIES, &["user_id", "webhook_id"][..]);
        let deliveries =
            table(DELIVERIES, columns).foreign_key(&mut belongs(of, (ENDPOINTS, &["user_id", "id"]))).take();
        let is_due = || Expr::col("due_at").is_not_null();
        // The reference needs the rule before it, so that the first table comes with it.
        create(manager, [endpoints], [unique(ENDPOINTS, &["user_id", "id"])]).await?;
        let indexes = [
            index(ENDPOINTS, &["due_at"]).name(DUE).and_where(is_due()).take(),
            index(DELIVERIES, &["user_id", "webhook_id", "id"]),
            index(DELIVERIES, &["webhook_id", "due_at", "id"]).name(DUE_OF).and_where(is_due()).take(),
            index(DELIVERIES, &["created_at"]).name(OVER).and_where(is_due().not()).take(),
        ];
        create(manager, [deliveries], indexes).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &[DELIVERIES, ENDPOINTS]).await
    }
}
