//! Synchronisation by itself: which connection is due, who wanted a run, how far it has come and why it failed.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Columns of `providers`: the runs of the day, for institutions that count.
fn of_providers() -> Vec<ColumnDef> {
    vec![ColumnDef::new("runs_day").date().take(), int("runs_used").default(0).take()]
}

/// Columns of `sync_runs`, in the order in which they are added.
fn of_runs() -> Vec<ColumnDef> {
    vec![
        word("requested_by", &["user", "schedule", "webhook", "import"]).default("user").take(),
        // The lesser number first.
        int("priority").default(0).take(),
        maybe_short("failure", 64),
        int("accounts_done").default(0).take(),
        int("accounts_total").default(0).take(),
        int("rows_read").default(0).take(),
    ]
}

/// The queue of all users: only what waits or runs is in it, so it stays small.
fn queue(columns: &[&'static str]) -> IndexCreateStatement {
    index("sync_runs", columns).and_where(Expr::cust("state IN ('queued', 'running')")).take()
}

fn without(name: &str, table: &'static str) -> IndexDropStatement {
    Index::drop().name(name).table(table).to_owned()
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // One at a time: SQLite adds one column per statement.
        for (table, columns) in [("providers", of_providers()), ("sync_runs", of_runs())] {
            for mut column in columns {
                manager.alter_table(Table::alter().table(table).add_column(&mut column).take()).await?;
            }
        }
        // Without those that are not linked, switched off or given up.
        let due = index("providers", &["next_sync_at", "id"])
            .name("ix_providers_due")
            .and_where(Expr::col("next_sync_at").is_not_null())
            .take();
        manager.create_index(due).await?;
        manager.drop_index(without("ix_sync_runs_requested_at_id", "sync_runs")).await?;
        manager.create_index(queue(&["priority", "requested_at", "id"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(without("ix_sync_runs_priority_requested_at_id", "sync_runs")).await?;
        manager.create_index(queue(&["requested_at", "id"])).await?;
        manager.drop_index(without("ix_providers_due", "providers")).await?;
        for (table, columns) in [("sync_runs", of_runs()), ("providers", of_providers())] {
            for column in columns.into_iter().rev() {
                let name = column.get_column_name();
                manager.alter_table(Table::alter().table(table).drop_column(name).take()).await?;
            }
        }
        Ok(())
    }
}
