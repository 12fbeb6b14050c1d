//! An index of the sides of transfers, in the order of the lists.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TABLE: &str = "transactions";
const INDEX: &str = "ix_transactions_transfer";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sides = index(TABLE, &["user_id", "day", "id"])
            .name(INDEX)
            .and_where(Expr::col("transfer_id").is_not_null())
            .take();
        manager.create_index(sides).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name(INDEX).table(TABLE).to_owned()).await
    }
}
