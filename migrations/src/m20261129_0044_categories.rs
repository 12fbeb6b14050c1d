//! Categories of users' own, and the category of each transaction, for the database to find by.

use sea_orm_migration::{prelude::*, sea_orm::ConnectionTrait};

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const CATEGORIES: &str = "categories";
const TRANSACTIONS: &str = "transactions";
/// Of the few rows that people corrected, for whoever looks for what they chose.
const CORRECTED: &str = "ix_transactions_corrected";
const INDEX: &str = "ix_transactions_user_id_category_day_id";

/// What follows from the sort of a transaction alone, as the program says it of new ones.
const BY_KIND: &str = "UPDATE transactions SET category = CASE \
    WHEN kind = 'interest' AND amount NOT LIKE '-%' THEN 'income.interest' \
    WHEN kind = 'interest' THEN 'bank_fees.interest' \
    WHEN kind = 'dividend' AND amount NOT LIKE '-%' THEN 'income.dividends' \
    WHEN kind = 'fee' AND amount LIKE '-%' THEN 'bank_fees' \
    WHEN kind = 'cash' AND amount LIKE '-%' THEN 'transfer_out.cash' \
    WHEN kind = 'direct_deposit' AND amount NOT LIKE '-%' THEN 'income' \
    WHEN kind = 'transfer' AND amount NOT LIKE '-%' THEN 'transfer_in' \
    WHEN kind = 'transfer' THEN 'transfer_out' \
    WHEN kind = 'trade' AND amount NOT LIKE '-%' THEN 'transfer_in.investment' \
    WHEN kind = 'trade' THEN 'transfer_out.investment' END \
    WHERE kind IN ('interest', 'dividend', 'fee', 'cash', 'direct_deposit', 'transfer', 'trade')";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = [
            id(),
            uuid("user_id"),
            text("label"),
            short("group_key", 64),
            short("flow", 16),
            flag("is_archived"),
            time("created_at"),
            time("updated_at"),
        ];
        let categories = table(CATEGORIES, columns)
            .foreign_key(&mut belongs((CATEGORIES, &["user_id"]), ("users", &["id"])))
            .take();
        let labels = unique(CATEGORIES, &["user_id", "group_key", "label"]);
        create(manager, [categories], [labels]).await?;
        for mut column in [maybe_text("told_category"), maybe_short("category", 64)] {
            manager.alter_table(Table::alter().table(TRANSACTIONS).add_column(&mut column).take()).await?;
        }
        manager.get_connection().execute_unprepared(BY_KIND).await?;
        manager
            .create_index(index(TRANSACTIONS, &["user_id", "category", "day", "id"]).name(INDEX).take())
            .await?;
        let corrected = index(TRANSACTIONS, &["user_id"])
            .name(CORRECTED)
            .and_where(Expr::col("corrections").is_not_null())
            .take();
        manager.create_index(corrected).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for name in [CORRECTED, INDEX] {
            manager.drop_index(Index::drop().name(name).table(TRANSACTIONS).to_owned()).await?;
        }
        for column in ["category", "told_category"] {
            manager.alter_table(Table::alter().table(TRANSACTIONS).drop_column(column).take()).await?;
        }
        drop(manager, &[CATEGORIES]).await
    }
}
