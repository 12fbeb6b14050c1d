//! What people correct, beside what institutions say; and the merchant of a transaction in a column of its own, because
//! lists show it and it can be corrected.
//!
//! Undone, it leaves the columns of a transaction as they are shown; the next synchronisation puts what the institution
//! says in their place.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, DbBackend},
};

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TABLE: &str = "transactions";
/// Name and columns of the indexes of rows that people hid, in the order of the lists.
const HIDDEN: [(&str, &[&str]); 2] = [
    ("ix_transactions_hidden", &["user_id", "day", "id"]),
    ("ix_transactions_account_hidden", &["user_id", "account_id", "day", "id"]),
];
const TOLD_DAY: &str = "ix_transactions_told_day";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = [
            maybe_text("merchant"),
            maybe_text("corrections"),
            ColumnDef::new("told_day").date().take(),
            flag("is_hidden").default(false).take(),
        ];
        for mut column in columns {
            manager.alter_table(Table::alter().table(TABLE).add_column(&mut column).take()).await?;
        }
        let accounts = Table::alter().table("accounts").add_column(maybe_text("corrections")).take();
        manager.alter_table(accounts).await?;
        for (name, columns) in HIDDEN {
            let hidden = index(TABLE, columns).name(name).and_where(Expr::col("is_hidden")).take();
            manager.create_index(hidden).await?;
        }
        let told_day = index(TABLE, &["user_id", "account_id", "told_day"])
            .name(TOLD_DAY)
            .and_where(Expr::col("told_day").is_not_null())
            .take();
        manager.create_index(told_day).await?;
        let connection = manager.get_connection();
        let payee = match connection.get_database_backend() {
            DbBackend::Postgres => "details::jsonb ->> 'payee'",
            _ => "json_extract(details, '$.payee')",
        };
        let fill = format!("UPDATE transactions SET merchant = {payee} WHERE details LIKE '%\"payee\"%'");
        connection.execute_unprepared(&fill).await.map(|_| ())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for name in HIDDEN.map(|(name, _)| name).into_iter().chain([TOLD_DAY]) {
            manager.drop_index(Index::drop().name(name).table(TABLE).to_owned()).await?;
        }
        let accounts = Table::alter().table("accounts").drop_column("corrections").take();
        manager.alter_table(accounts).await?;
        for column in ["is_hidden", "told_day", "corrections", "merchant"] {
            manager.alter_table(Table::alter().table(TABLE).drop_column(column).take()).await?;
        }
        Ok(())
    }
}
