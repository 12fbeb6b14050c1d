//! What tells a transaction that its source tells as before from one that it tells otherwise. Rows that are there have none
//! until they are written again.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut column = ColumnDef::new("fingerprint").big_integer().take();
        manager.alter_table(Table::alter().table("transactions").add_column(&mut column).take()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("transactions").drop_column("fingerprint").take()).await
    }
}
