//! Rules that are applied to what is stored: how far they came, and what they changed.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const RUNS: &str = "rule_runs";
const CHANGES: &str = "rule_run_changes";
/// The few that go on.
const OPEN: &str = "ix_rule_runs_open";
/// Of all transactions of one user there is one at a time.
const ONE: &str = "uq_rule_runs_open_of_user";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = [
            id(),
            uuid("user_id"),
            maybe_uuid("decider_id"),
            short("state", 16),
            ColumnDef::new("after_day").date().take(),
            maybe_uuid("after_id"),
            long("examined"),
            long("changed"),
            long("undone"),
            long("skipped"),
            time("created_at"),
            time("updated_at"),
        ];
        let runs =
            table(RUNS, columns).foreign_key(&mut belongs((RUNS, &["user_id"]), ("users", &["id"]))).take();
        let columns = [
            uuid("run_id"),
            uuid("transaction_id"),
            maybe_text("decided_before"),
            maybe_text("decided_after"),
        ];
        let changes = table(CHANGES, columns)
            .primary_key(Index::create().col("run_id").col("transaction_id"))
            .foreign_key(&mut belongs((CHANGES, &["run_id"]), (RUNS, &["id"])))
            .foreign_key(&mut belongs((CHANGES, &["transaction_id"]), ("transactions", &["id"])))
            .take();
        let is_open = || Expr::col("state").is_in(["running", "undoing"]);
        let open = index(RUNS, &["updated_at", "id"]).name(OPEN).and_where(is_open()).take();
        let one = unique(RUNS, &["user_id"])
            .name(ONE)
            .and_where(is_open().and(Expr::col("decider_id").is_null()))
            .take();
        let indexes = [index(RUNS, &["user_id", "id"]), open, one, index(CHANGES, &["transaction_id"])];
        create(manager, [runs, changes], indexes).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &[CHANGES, RUNS]).await
    }
}
