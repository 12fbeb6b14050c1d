//! The further rows of transfers of which one side is several transactions.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TABLE: &str = "decisions";
/// Each column with the name of its index, which has the few decisions that are about so many rows.
const COLUMNS: [(&str, &str); 2] = [("third_id", "ix_decisions_third"), ("fourth_id", "ix_decisions_fourth")];
/// Without these columns nobody knows what else such a decision is about: its rows are let go.
const FORGET: [&str; 2] = [
    "UPDATE transactions SET transfer_id = NULL, transfer_kind = NULL \
     WHERE transfer_id IN (SELECT id FROM decisions WHERE third_id IS NOT NULL)",
    "DELETE FROM decisions WHERE third_id IS NOT NULL",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (column, name) in COLUMNS {
            let mut further = maybe_uuid(column);
            manager.alter_table(Table::alter().table(TABLE).add_column(&mut further).take()).await?;
            let about = index(TABLE, &["user_id", column])
                .name(name)
                .and_where(Expr::col(column).is_not_null())
                .take();
            manager.create_index(about).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for statement in FORGET {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        for (column, name) in COLUMNS {
            manager.drop_index(Index::drop().name(name).table(TABLE).to_owned()).await?;
            manager.alter_table(Table::alter().table(TABLE).drop_column(column).take()).await?;
        }
        Ok(())
    }
}
