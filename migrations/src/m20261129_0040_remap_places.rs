//! How far stored rows were read again by newer mappers, so that who does it can stop and go on.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let places = table(
            "remap_places",
            [
                short("scope", 64).primary_key().take(),
                // The version of the program whose mappers read.
                short("mappers", 64),
                uuid("account_id"),
                ColumnDef::new("after_day").date().take(),
                maybe_uuid("after_id"),
                time("updated_at"),
            ],
        );
        create(manager, [places], []).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["remap_places"]).await
    }
}
