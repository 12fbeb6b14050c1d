//! The further ids under which sources know a transaction. A transaction's own id stays in its row, so that there is
//! nothing to fill in: until now a row that took the place of another forgot that one's id.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TABLE: &str = "transaction_aliases";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = [
            uuid("user_id"),
            uuid("account_id"),
            text("source_id"),
            int("ordinal"),
            uuid("transaction_id"),
            maybe_uuid("merged_id"),
        ];
        let aliases = table(TABLE, columns)
            .primary_key(Index::create().col("user_id").col("account_id").col("source_id").col("ordinal"))
            .foreign_key(&mut belongs((TABLE, &["user_id", "account_id"]), ("accounts", &["user_id", "id"])))
            .take();
        create(manager, [aliases], [index(TABLE, &["user_id", "transaction_id"])]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &[TABLE]).await
    }
}
