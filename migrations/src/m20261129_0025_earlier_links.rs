//! Links of some purposes stay good while a newer one is unused, so that a user may have several tokens of them.

use sea_orm_migration::{prelude::*, sea_orm::ConnectionTrait};

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TABLE: &str = "one_time_tokens";
/// Where the rows wait while the table is made anew: neither engine takes a primary key away in place.
const MOVED: &str = "one_time_tokens_moved";
const COLUMNS: &str = "user_id, purpose, token_hash, created_at, expires_at, subject";

fn tokens(key: &[&'static str]) -> TableCreateStatement {
    let mut primary = Index::create();
    for column in key {
        primary.col(*column);
    }
    table(
        TABLE,
        [
            uuid("user_id"),
            short("purpose", 32),
            hash("token_hash"),
            time("created_at"),
            time("expires_at"),
            maybe_text("subject"),
        ],
    )
    .primary_key(&mut primary)
    .foreign_key(&mut belongs((TABLE, &["user_id"]), ("users", &["id"])))
    .take()
}

/// Makes the table anew with this key and those of its rows that `which` lets through.
async fn rebuild(manager: &SchemaManager<'_>, key: &[&'static str], which: &str) -> Result<(), DbErr> {
    let db = manager.get_connection();
    db.execute_unprepared(&format!("CREATE TABLE {MOVED} AS SELECT {COLUMNS} FROM {TABLE} t{which}")).await?;
    drop(manager, &[TABLE]).await?;
    create(manager, [tokens(key)], []).await?;
    db.execute_unprepared(&format!("INSERT INTO {TABLE} ({COLUMNS}) SELECT {COLUMNS} FROM {MOVED}")).await?;
    drop(manager, &[MOVED]).await
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        rebuild(manager, &["token_hash"], "").await?;
        manager.create_index(index(TABLE, &["user_id", "purpose"])).await?;
        let one = "CREATE UNIQUE INDEX uq_one_time_tokens_newest ON one_time_tokens (user_id, purpose) \
            WHERE purpose NOT IN ('email_verification', 'deletion_cancel')";
        manager.get_connection().execute_unprepared(one).await.map(std::mem::drop)
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // The newest of each purpose is the one that goes on.
        let newest = format!(
            " WHERE NOT EXISTS (SELECT 1 FROM {TABLE} n WHERE n.user_id = t.user_id AND n.purpose = t.purpose \
             AND (n.created_at, n.token_hash) > (t.created_at, t.token_hash))"
        );
        rebuild(manager, &["user_id", "purpose"], &newest).await?;
        manager.create_index(unique(TABLE, &["token_hash"])).await
    }
}
