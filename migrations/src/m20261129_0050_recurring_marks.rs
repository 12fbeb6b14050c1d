//! What people said of recurring streams, which are found anew whenever somebody looks.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const MARKS: &str = "recurring_marks";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = [
            uuid("user_id"),
            uuid("id"),
            uuid("account_id"),
            maybe_short("verdict", 32),
            maybe_text("name"),
            time("created_at"),
            time("updated_at"),
        ];
        let marks = table(MARKS, columns)
            .primary_key(Index::create().col("user_id").col("id"))
            .foreign_key(&mut belongs((MARKS, &["user_id", "account_id"]), ("accounts", &["user_id", "id"])))
            .take();
        create(manager, [marks], [index(MARKS, &["user_id", "account_id"])]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &[MARKS]).await
    }
}
