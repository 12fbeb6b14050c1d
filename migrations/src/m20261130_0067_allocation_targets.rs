//! What parts a portfolio shall be made of: all that a user set, as one document, so that it is set as a whole.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TABLE: &str = "allocation_targets";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let targets = table(TABLE, [uuid("user_id"), text("targets"), time("updated_at")])
            .primary_key(Index::create().col("user_id"))
            .foreign_key(&mut belongs((TABLE, &["user_id"]), ("users", &["id"])))
            .take();
        create(manager, [targets], []).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &[TABLE]).await
    }
}
