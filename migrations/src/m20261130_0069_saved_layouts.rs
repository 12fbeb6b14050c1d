//! How a person said that tables with certain column names are read.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TABLE: &str = "saved_layouts";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = [uuid("user_id"), text("header"), text("profile"), time("saved_at")];
        let layouts = table(TABLE, columns)
            .primary_key(Index::create().col("user_id").col("header"))
            .foreign_key(&mut belongs((TABLE, &["user_id"]), ("users", &["id"])))
            .take();
        create(manager, [layouts], []).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &[TABLE]).await
    }
}
