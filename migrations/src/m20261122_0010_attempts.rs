//! Attempts to deliver are noted before they begin, so that after a crash it is known what may have been sent.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Attempts that began and whose end nobody recorded.
        let mut unsettled = int("unsettled").default(0).take();
        manager.alter_table(Table::alter().table("outbox").add_column(&mut unsettled).take()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("outbox").drop_column("unsettled").take()).await
    }
}
