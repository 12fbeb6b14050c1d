//! The key pair that signs access tokens, and the public keys published beside it.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // One row, whoever starts first.
        let only =
            ColumnDef::new("id").integer().not_null().primary_key().check(Expr::col("id").eq(1)).take();
        let keystore = table(
            "keystore",
            [
                only,
                uuid("row_id"),
                short("kid", 43),
                text("public_key"),
                text("private_key_encrypted"),
                time("created_at"),
            ],
        );
        let published = table(
            "keystore_published",
            [
                ColumnDef::new("kid").string_len(43).not_null().primary_key().take(),
                uuid("row_id"),
                text("public_key"),
                maybe_text("private_key_encrypted"),
                word("state", &["next", "retired"]),
                time("published_at"),
                maybe_time("until"),
            ],
        );
        let one_next =
            unique("keystore_published", &["state"]).and_where(Expr::col("state").eq("next")).take();
        create(manager, [keystore, published], [one_next]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["keystore_published", "keystore"]).await
    }
}
