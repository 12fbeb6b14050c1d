//! The secrets of second factors, apart from the accounts: most reads of a user must not touch them.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut factors = table(
            "second_factors",
            [
                uuid("user_id").primary_key().take(),
                maybe_text("totp_key_encrypted"),
                ColumnDef::new("totp_last_step").big_integer().take(),
                maybe_time("enabled_at"),
                maybe_uuid("pending_id"),
                maybe_text("pending_key_encrypted"),
                maybe_short("pending_code_hash", 64),
                maybe_time("pending_expires_at"),
                int("pending_tries").default(0).take(),
                text("backup_codes").default("[]").take(),
                maybe_time("backup_created_at"),
                int("failures").default(0).take(),
                maybe_time("locked_until"),
            ],
        );
        factors.foreign_key(&mut belongs(("second_factors", &["user_id"]), ("users", &["id"])));
        create(manager, [factors], []).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["second_factors"]).await
    }
}
