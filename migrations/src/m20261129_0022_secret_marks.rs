//! What the installation's master secret is recognised by, so that another one is noticed.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TABLE: &str = "secret_marks";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let name = ColumnDef::new("name").string_len(32).not_null().primary_key().take();
        let marks = table(TABLE, [name, short("mark", 64), time("noted_at")]);
        create(manager, [marks], []).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &[TABLE]).await
    }
}
