//! Whether an administrator switched an account off. Of those that are off already nobody knows it any more: their managers may
//! switch them on as before.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut off = flag("off_by_administrator").default(false).take();
        manager.alter_table(Table::alter().table("users").add_column(&mut off).take()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("users").drop_column("off_by_administrator").take()).await
    }
}
