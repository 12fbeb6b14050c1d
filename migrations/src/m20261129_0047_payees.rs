//! What is learned of the other sides of transactions from what people choose for them.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const PAYEES: &str = "payees";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = [
            id(),
            uuid("user_id"),
            text("name"),
            text("votes"),
            flag("is_refused"),
            time("created_at"),
            time("updated_at"),
        ];
        let payees = table(PAYEES, columns)
            .foreign_key(&mut belongs((PAYEES, &["user_id"]), ("users", &["id"])))
            .take();
        create(manager, [payees], [unique(PAYEES, &["user_id", "name"]), index(PAYEES, &["user_id", "id"])])
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &[PAYEES]).await
    }
}
