//! What people want to hear of, how far each was told, and what each was told.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const SETTINGS: &str = "notification_settings";
const TOLD: &str = "told_notifications";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = [
            uuid("user_id"),
            text("preferences"),
            flag("is_on"),
            long("position"),
            maybe_uuid("position_row"),
            time("since"),
            maybe_time("weekly_due_at"),
            maybe_time("rest_until"),
            long("revision"),
            time("updated_at"),
        ];
        let settings = table(SETTINGS, columns)
            .primary_key(Index::create().col("user_id"))
            .foreign_key(&mut belongs((SETTINGS, &["user_id"]), ("users", &["id"])))
            .take();
        let columns = [uuid("user_id"), short("kind", 32), short("subject", 40), time("told_at")];
        let told = table(TOLD, columns)
            .primary_key(Index::create().col("user_id").col("kind").col("subject"))
            .foreign_key(&mut belongs((TOLD, &["user_id"]), ("users", &["id"])))
            .take();
        create(manager, [settings, told], []).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &[TOLD, SETTINGS]).await
    }
}
