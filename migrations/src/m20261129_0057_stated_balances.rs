//! Balances that people state: a third source beside synchronisations and statements.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TABLE: &str = "balances";
const UNIQUE: &str = "uq_balances_user_id_account_id_source_as_of";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        replace(manager, &["sync", "statement", "user"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let delete = "DELETE FROM balances WHERE source = 'user'";
        manager.get_connection().execute_unprepared(delete).await?;
        replace(manager, &["sync", "statement"]).await
    }
}

/// SQLite changes no check of a column: another column takes its place.
async fn replace(manager: &SchemaManager<'_>, words: &[&'static str]) -> Result<(), DbErr> {
    let mut column = maybe_word("told_by", words).not_null().default("sync").take();
    manager.alter_table(Table::alter().table(TABLE).add_column(&mut column).take()).await?;
    manager.get_connection().execute_unprepared("UPDATE balances SET told_by = source").await?;
    manager.drop_index(Index::drop().name(UNIQUE).table(TABLE).to_owned()).await?;
    manager.alter_table(Table::alter().table(TABLE).drop_column("source").take()).await?;
    manager.alter_table(Table::alter().table(TABLE).rename_column("told_by", "source").take()).await?;
    manager.create_index(unique(TABLE, &["user_id", "account_id", "source", "as_of"])).await
}
