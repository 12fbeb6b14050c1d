//! Requests that a rate limit refused, counted by minute.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, DbBackend},
};

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TABLE: &str = "rate_limit_denials";

/// Rows are added and, when they are old, removed; what they say is never changed.
const SQLITE: &str = "CREATE TRIGGER rate_limit_denials_stay BEFORE UPDATE ON rate_limit_denials \
    BEGIN SELECT RAISE(ABORT, 'rate_limit_denials is append-only'); END";
const POSTGRES: &str = "CREATE FUNCTION rate_limit_denials_stay() RETURNS trigger LANGUAGE plpgsql AS \
    $$ BEGIN RAISE EXCEPTION 'rate_limit_denials is append-only'; END $$; \
    CREATE TRIGGER rate_limit_denials_stay BEFORE UPDATE ON rate_limit_denials \
    FOR EACH ROW EXECUTE FUNCTION rate_limit_denials_stay()";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let denials = table(
            TABLE,
            [
                id(),
                ip("ip_address"),
                short("endpoint", 255),
                short("rule_name", 100),
                int("limit"),
                int("window_seconds"),
                int("violation_count"),
                // Kind and keyed hash of who was counted; nobody who reads the table learns an identity from it.
                maybe_short("identifier", 255),
                time("timestamp"),
                time("created_at"),
            ],
        );
        create(
            manager,
            [denials],
            [index(TABLE, &["timestamp"]), index(TABLE, &["ip_address"]), index(TABLE, &["identifier"])],
        )
        .await?;
        let db = manager.get_connection();
        let guard = if db.get_database_backend() == DbBackend::Postgres { POSTGRES } else { SQLITE };
        db.execute_unprepared(guard).await.map(|_| ())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &[TABLE]).await?;
        let db = manager.get_connection();
        if db.get_database_backend() == DbBackend::Postgres {
            db.execute_unprepared("DROP FUNCTION rate_limit_denials_stay()").await?;
        }
        Ok(())
    }
}
