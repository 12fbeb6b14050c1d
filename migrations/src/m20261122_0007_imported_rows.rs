//! Which rows were copied from the reference system.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // References nothing: what was removed from Dashtam must not come back with a later run.
        let imported_rows =
            table("imported_rows", [short("source_table", 64), uuid("source_id"), time("imported_at")])
                .primary_key(Index::create().col("source_table").col("source_id"))
                .take();
        create(manager, [imported_rows], []).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["imported_rows"]).await
    }
}
