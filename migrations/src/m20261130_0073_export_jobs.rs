//! Large exports, and their files in chunks.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const JOBS: &str = "export_jobs";
const CHUNKS: &str = "export_chunks";
/// The few that wait or run.
const OPEN: &str = "ix_export_jobs_open";
/// Those that go at some time.
const EXPIRING: &str = "ix_export_jobs_expiring";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = [
            id(),
            uuid("user_id"),
            text("asked"),
            text("file_name"),
            text("media_type"),
            short("state", 16),
            maybe_short("failure", 32),
            int("attempts"),
            maybe_time("lease_until"),
            long("written_rows"),
            ColumnDef::new("total_rows").big_integer().take(),
            long("bytes"),
            long("chunks"),
            time("created_at"),
            maybe_time("finished_at"),
            maybe_time("expires_at"),
        ];
        let jobs =
            table(JOBS, columns).foreign_key(&mut belongs((JOBS, &["user_id"]), ("users", &["id"]))).take();
        let columns = [uuid("user_id"), uuid("export_id"), long("number"), bytes("content")];
        let chunks = table(CHUNKS, columns)
            .primary_key(Index::create().col("export_id").col("number"))
            .foreign_key(&mut belongs((CHUNKS, &["user_id", "export_id"]), (JOBS, &["user_id", "id"])))
            .take();
        let is_open = Expr::col("state").is_in(["waiting", "running"]);
        let open = index(JOBS, &["created_at", "id"]).name(OPEN).and_where(is_open).take();
        let expiring = index(JOBS, &["expires_at"])
            .name(EXPIRING)
            .and_where(Expr::col("expires_at").is_not_null())
            .take();
        let of_user = unique(JOBS, &["user_id", "id"]);
        manager.create_table(jobs).await?;
        // What the chunks refer to has to be unique before they are there.
        for wanted in [of_user, open, expiring] {
            manager.create_index(wanted).await?;
        }
        create(manager, [chunks], [index(CHUNKS, &["user_id", "export_id"])]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &[CHUNKS, JOBS]).await
    }
}
