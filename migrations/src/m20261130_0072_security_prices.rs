//! Prices that people bring: of each security, day and series one.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TABLE: &str = "security_prices";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = [
            uuid("user_id"),
            uuid("security_id"),
            day("day"),
            short("source", 64),
            text("price"),
            currency(),
            flag("is_adjusted"),
            time("told_at"),
        ];
        let prices = table(TABLE, columns)
            .primary_key(Index::create().col("user_id").col("security_id").col("day").col("source"))
            .foreign_key(&mut belongs(
                (TABLE, &["user_id", "security_id"]),
                ("securities", &["user_id", "id"]),
            ))
            .take();
        create(manager, [prices], [index(TABLE, &["user_id", "source", "day"])]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &[TABLE]).await
    }
}
