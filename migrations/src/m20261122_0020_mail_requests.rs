//! Mails that somebody asked for by naming an address, until a worker looks at them.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TABLE: &str = "mail_requests";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // No reference to `users`: the address may be nobody's, and looking it up is what the table avoids.
        let requests = table(
            TABLE,
            [
                id(),
                short("kind", 32),
                text("email"),
                maybe_short("binding", 64),
                time("requested_at"),
                ip("ip_address"),
                maybe_text("user_agent"),
            ],
        );
        create(manager, [requests], [index(TABLE, &["requested_at", "id"])]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &[TABLE]).await
    }
}
