//! What finds users among many, and the resets of second factors that are under way.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, DbBackend},
};

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TABLE: &str = "second_factor_resets";

/// Name, and place with `{}` for the collation. Names and addresses are compared byte by byte, so that what begins
/// with a text is one range; only the letters a to z have a case there, on both engines.
const INDEXES: [(&str, &str); 4] = [
    ("ix_users_email_prefix", "users (email_canonical{}, id)"),
    ("ix_users_name_prefix", "users (lower(name{}), id)"),
    ("ix_users_administrators", "users (id) WHERE administrator"),
    ("ix_users_disabled", "users (id) WHERE NOT is_active"),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut user = uuid("user_id").primary_key().take();
        let mut resets = table(TABLE, [time("requested_at"), time("due_at")]);
        resets.col(&mut user).foreign_key(&mut belongs((TABLE, &["user_id"]), ("users", &["id"])));
        create(manager, [resets], [index(TABLE, &["due_at"])]).await?;
        let db = manager.get_connection();
        let collation = match db.get_database_backend() {
            DbBackend::Postgres => " COLLATE \"C\"",
            _ => "",
        };
        for (name, place) in INDEXES {
            let place = place.replace("{}", collation);
            db.execute_unprepared(&format!("CREATE INDEX {name} ON {place}")).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, _) in INDEXES {
            manager.get_connection().execute_unprepared(&format!("DROP INDEX {name}")).await?;
        }
        drop(manager, &[TABLE]).await
    }
}
