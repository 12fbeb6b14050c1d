//! What a user says of a provider instance and whether it is switched on, and the clients that go on with a session
//! that another one began.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = [
            // A JSON object that we store and give back.
            ("providers", text("metadata").default("{}").take()),
            ("providers", flag("is_active").default(true).take()),
            // The fingerprint of the last client that refreshed the session and was not the one it began on.
            ("sessions", maybe_short("other_client", 64)),
        ];
        for (table, mut column) in columns {
            manager.alter_table(Table::alter().table(table).add_column(&mut column).take()).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in
            [("sessions", "other_client"), ("providers", "is_active"), ("providers", "metadata")]
        {
            manager.alter_table(Table::alter().table(table).drop_column(column).take()).await?;
        }
        Ok(())
    }
}
