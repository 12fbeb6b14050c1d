//! Accounts and positions as their institutions sent them, to be read again by newer mappers.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Of the account itself the id is empty.
        let columns = [uuid("user_id"), uuid("account_id"), text("external_id"), text("raw")];
        let payloads = table("kept_payloads", columns)
            .primary_key(Index::create().col("user_id").col("account_id").col("external_id"))
            .foreign_key(&mut belongs(
                ("kept_payloads", &["user_id", "account_id"]),
                ("accounts", &["user_id", "id"]),
            ))
            .take();
        create(manager, [payloads], []).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["kept_payloads"]).await
    }
}
