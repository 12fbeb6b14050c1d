//! What bounds events and webhooks: how many events a user's clock has numbered, how many messages wait for an endpoint, and
//! indexes that find what has to go without a look at what stays.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const CLOCKS: &str = "user_clocks";
const ENDPOINTS: &str = "webhooks";
const DELIVERIES: &str = "webhook_deliveries";
const EVENTS: &str = "live_events";
/// What is over of one endpoint, for whoever keeps the newest.
const OVER_OF: &str = "ix_webhook_deliveries_over_of";
const BY_AGE: &str = "ix_live_events_happened_at";
const BY_AGE_AND_OWNER: &[&str] = &["happened_at", "user_id", "seq"];

const COUNT_WAITING: &str = "UPDATE webhooks SET waiting = (SELECT COUNT(*) FROM webhook_deliveries d \
    WHERE d.webhook_id = webhooks.id AND d.due_at IS NOT NULL)";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in [(CLOCKS, "events"), (ENDPOINTS, "waiting")] {
            let mut column = long(column).default(0).take();
            manager.alter_table(Table::alter().table(table).add_column(&mut column).take()).await?;
        }
        manager.get_connection().execute_unprepared(COUNT_WAITING).await?;
        let is_over = Expr::col("due_at").is_null();
        let over_of = index(DELIVERIES, &["webhook_id", "id"]).name(OVER_OF).and_where(is_over).take();
        manager.create_index(over_of).await?;
        manager.drop_index(Index::drop().name(BY_AGE).table(EVENTS).to_owned()).await?;
        manager.create_index(index(EVENTS, BY_AGE_AND_OWNER)).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let by_age = format!("ix_{EVENTS}_{}", BY_AGE_AND_OWNER.join("_"));
        manager.drop_index(Index::drop().name(by_age).table(EVENTS).to_owned()).await?;
        manager.create_index(index(EVENTS, &["happened_at"])).await?;
        manager.drop_index(Index::drop().name(OVER_OF).table(DELIVERIES).to_owned()).await?;
        for (table, column) in [(ENDPOINTS, "waiting"), (CLOCKS, "events")] {
            manager.alter_table(Table::alter().table(table).drop_column(column).take()).await?;
        }
        Ok(())
    }
}
