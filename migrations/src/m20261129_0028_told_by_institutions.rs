//! Room for what institutions tell of balances and options, as JSON: what a balance is made of, and what an option
//! gives a right to.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Table and column.
const ADDED: [(&str, &str); 3] = [("accounts", "parts"), ("balances", "parts"), ("holdings", "option_terms")];

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
