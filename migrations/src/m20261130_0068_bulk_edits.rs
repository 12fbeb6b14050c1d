//! What was before the last change of many transactions, so that it can be taken back.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TABLE: &str = "bulk_edits";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = [id(), uuid("user_id"), text("changes"), time("created_at")];
        let edits =
            table(TABLE, columns).foreign_key(&mut belongs((TABLE, &["user_id"]), ("users", &["id"]))).take();
        create(manager, [edits], [unique(TABLE, &["user_id"])]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &[TABLE]).await
    }
}
