//! Sign-ins that wait for their second factor.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let challenges = table(
            "auth_challenges",
            [
                id(),
                uuid("user_id"),
                hash("token_hash"),
                short("first_factor", 32),
                hash("stamp"),
                word("transport", &["token", "cookie", "api_key"]),
                flag("long_lived"),
                time("created_at"),
                time("expires_at"),
                int("attempts"),
                maybe_time("consumed_at"),
                maybe_short("code_hash", 64),
                int("code_sends"),
                maybe_time("code_sent_at"),
            ],
        )
        .foreign_key(&mut belongs(("auth_challenges", &["user_id"]), ("users", &["id"])))
        .check(Expr::col("code_hash").is_null().eq(Expr::col("code_sent_at").is_null()))
        .take();
        create(
            manager,
            [challenges],
            [
                unique("auth_challenges", &["token_hash"]),
                index("auth_challenges", &["user_id"]),
                index("auth_challenges", &["expires_at"]),
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["auth_challenges"]).await
    }
}
