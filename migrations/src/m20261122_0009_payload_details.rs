//! Room for all that an institution tells: what a transaction is made of, who keeps an account behind an
//! aggregator, and what an institution left out of a run.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Table and column; the columns hold JSON, an address, JSON.
const ADDED: [(&str, &str); 3] =
    [("transactions", "details"), ("accounts", "institution_url"), ("sync_runs", "notes")];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in ADDED {
            manager.alter_table(Table::alter().table(table).add_column(maybe_text(column)).take()).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in ADDED {
            manager.alter_table(Table::alter().table(table).drop_column(column).take()).await?;
        }
        Ok(())
    }
}
