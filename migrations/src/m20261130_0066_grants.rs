//! What institutions call the grants of connections, by which they tell of news, and when they last did. Connections that are
//! there are known by none until they are linked again.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// The connections by what their institutions call them.
const GRANTS: &str = "ix_providers_grant";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // SQLite adds one column at a time.
        for mut column in [maybe_text("grant_id"), maybe_time("news_at")] {
            manager.alter_table(Table::alter().table("providers").add_column(&mut column).take()).await?;
        }
        let has_one = Expr::col("grant_id").is_not_null();
        let grants = index("providers", &["provider_key", "grant_id"]).name(GRANTS).and_where(has_one).take();
        manager.create_index(grants).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name(GRANTS).table("providers").to_owned()).await?;
        for column in ["news_at", "grant_id"] {
            manager.alter_table(Table::alter().table("providers").drop_column(column).take()).await?;
        }
        Ok(())
    }
}
