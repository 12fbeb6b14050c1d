//! What is due for credentials, attempts of sync runs, and indexes by which outlived rows are found.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const CREDENTIALS: &str = "provider_credentials";
/// Columns that are null for most rows, and so have indexes of the few that wait.
const DUE: [&str; 2] = ["refresh_due_at", "notice_due_at"];
/// By which rows are removed once a day.
const OUTLIVED: [(&str, &str); 2] =
    [("idempotency_keys", "created_at"), ("refresh_generations", "expires_at")];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for due in DUE {
            let add = Table::alter().table(CREDENTIALS).add_column(maybe_time(due)).take();
            manager.alter_table(add).await?;
            let waiting = index(CREDENTIALS, &[due]).and_where(Expr::col(due).is_not_null()).take();
            manager.create_index(waiting).await?;
        }
        // What is stored already is looked at once, and then moved to its next notice.
        let known = Query::update()
            .table(CREDENTIALS)
            .value("notice_due_at", Expr::col("updated_at"))
            .and_where(Expr::col("grant_expires_at").is_not_null())
            .take();
        manager.execute(known).await?;

        let mut attempts = int("attempts").default(0).take();
        manager.alter_table(Table::alter().table("sync_runs").add_column(&mut attempts).take()).await?;

        for (table, column) in OUTLIVED {
            manager.create_index(index(table, &[column])).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in OUTLIVED {
            let name = format!("ix_{table}_{column}");
            manager.drop_index(Index::drop().name(name).table(table).if_exists().to_owned()).await?;
        }
        manager.alter_table(Table::alter().table("sync_runs").drop_column("attempts").take()).await?;
        for due in DUE {
            let name = format!("ix_{CREDENTIALS}_{due}");
            manager.drop_index(Index::drop().name(name).table(CREDENTIALS).if_exists().to_owned()).await?;
            manager.alter_table(Table::alter().table(CREDENTIALS).drop_column(due).take()).await?;
        }
        Ok(())
    }
}
