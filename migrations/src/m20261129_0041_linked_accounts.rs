//! Decisions about transactions of two accounts that are one.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TABLE: &str = "decisions";
const OTHER: &str = "other_account_id";
/// Name and column of the indexes of those few decisions, one for each of the two accounts.
const INDEXES: [(&str, &str); 2] =
    [("ix_decisions_across", "account_id"), ("ix_decisions_other_account", OTHER)];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut other = maybe_uuid(OTHER);
        manager.alter_table(Table::alter().table(TABLE).add_column(&mut other).take()).await?;
        for (name, column) in INDEXES {
            let across = index(TABLE, &["user_id", column])
                .name(name)
                .and_where(Expr::col(OTHER).is_not_null())
                .take();
            manager.create_index(across).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, _) in INDEXES {
            manager.drop_index(Index::drop().name(name).table(TABLE).to_owned()).await?;
        }
        manager.alter_table(Table::alter().table(TABLE).drop_column(OTHER).take()).await
    }
}
