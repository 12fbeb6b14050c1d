//! What people ask of their transactions again and again.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TABLE: &str = "saved_views";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns =
            [id(), uuid("user_id"), text("name"), text("filter"), time("created_at"), time("updated_at")];
        let views =
            table(TABLE, columns).foreign_key(&mut belongs((TABLE, &["user_id"]), ("users", &["id"]))).take();
        create(manager, [views], [unique(TABLE, &["user_id", "name"])]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &[TABLE]).await
    }
}
