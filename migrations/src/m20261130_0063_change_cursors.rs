//! Up to where an institution's list of changes was read, by connection.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut cursor = maybe_text("change_cursor");
        manager.alter_table(Table::alter().table("providers").add_column(&mut cursor).take()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("providers").drop_column("change_cursor").take()).await
    }
}
