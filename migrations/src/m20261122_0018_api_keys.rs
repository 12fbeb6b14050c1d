//! Which API key took another's place, and when an owner is told next that a key ends.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Columns of `sessions`, in the order in which they are added.
fn columns() -> [ColumnDef; 2] {
    [maybe_uuid("replaced_by"), maybe_time("notice_due_at")]
}

const DUE: &str = "CREATE INDEX ix_sessions_notice_due_at ON sessions (notice_due_at, id) \
     WHERE notice_due_at IS NOT NULL AND ended_at IS NULL";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // One at a time: SQLite adds one column per statement.
        for mut column in columns() {
            manager.alter_table(Table::alter().table("sessions").add_column(&mut column).take()).await?;
        }
        manager.get_connection().execute_unprepared(DUE).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared("DROP INDEX ix_sessions_notice_due_at").await?;
        for column in columns().into_iter().rev() {
            let name = column.get_column_name();
            manager.alter_table(Table::alter().table("sessions").drop_column(name).take()).await?;
        }
        Ok(())
    }
}
