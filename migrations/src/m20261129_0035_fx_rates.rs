//! Exchange rates, and the balances of an account in the order of time, by which a net worth is reckoned.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = [
            short("base", 3),
            short("quote", 3),
            day("day"),
            word("source", &["ecb_csv", "provider", "user_csv"]),
            text("rate"),
        ];
        let rates = table("fx_rates", columns)
            .primary_key(Index::create().col("base").col("quote").col("day").col("source"))
            .take();
        create(manager, [rates], [index("balances", &["user_id", "account_id", "as_of"])]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let name = "ix_balances_user_id_account_id_as_of";
        manager.drop_index(Index::drop().name(name).table("balances").to_owned()).await?;
        drop(manager, &["fx_rates"]).await
    }
}
