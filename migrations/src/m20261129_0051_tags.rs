//! The tags of each transaction, for the database to find by. Triggers keep the table of them, whoever writes a transaction:
//! it says nothing that the transactions do not say.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, DbBackend},
};

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TRANSACTIONS: &str = "transactions";

/// In the order of the lists. Keys are in the order of their bytes.
const SQLITE: [&str; 4] = [
    "CREATE TABLE transaction_tags (user_id uuid_text NOT NULL, tag text NOT NULL, day date_text NOT NULL, \
     transaction_id uuid_text NOT NULL, label text NOT NULL, \
     PRIMARY KEY (user_id, tag, day, transaction_id)) WITHOUT ROWID",
    "CREATE TRIGGER transaction_tags_insert AFTER INSERT ON transactions WHEN NEW.tags IS NOT NULL BEGIN \
     INSERT INTO transaction_tags SELECT NEW.user_id, key, NEW.day, NEW.id, value FROM json_each(NEW.tags); END",
    "CREATE TRIGGER transaction_tags_update AFTER UPDATE OF tags, day ON transactions \
     WHEN OLD.tags IS NOT NEW.tags OR (NEW.tags IS NOT NULL AND OLD.day <> NEW.day) BEGIN \
     DELETE FROM transaction_tags WHERE user_id = OLD.user_id AND tag IN (SELECT key FROM json_each(OLD.tags)) \
     AND day = OLD.day AND transaction_id = OLD.id; \
     INSERT INTO transaction_tags SELECT NEW.user_id, key, NEW.day, NEW.id, value FROM json_each(NEW.tags); END",
    "CREATE TRIGGER transaction_tags_delete AFTER DELETE ON transactions WHEN OLD.tags IS NOT NULL BEGIN \
     DELETE FROM transaction_tags WHERE user_id = OLD.user_id AND tag IN (SELECT key FROM json_each(OLD.tags)) \
     AND day = OLD.day AND transaction_id = OLD.id; END",
];

const POSTGRES: [&str; 5] = [
    "CREATE TABLE transaction_tags (user_id uuid NOT NULL, tag text COLLATE \"C\" NOT NULL, day date NOT NULL, \
     transaction_id uuid NOT NULL, label text NOT NULL, PRIMARY KEY (user_id, tag, day, transaction_id))",
    "CREATE FUNCTION transaction_tags_follow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
     IF TG_OP <> 'INSERT' AND OLD.tags IS NOT NULL THEN \
     DELETE FROM transaction_tags WHERE user_id = OLD.user_id \
     AND tag IN (SELECT jsonb_object_keys(OLD.tags::jsonb)) AND day = OLD.day AND transaction_id = OLD.id; \
     END IF; \
     IF TG_OP <> 'DELETE' AND NEW.tags IS NOT NULL THEN \
     INSERT INTO transaction_tags (user_id, tag, day, transaction_id, label) \
     SELECT NEW.user_id, named.key, NEW.day, NEW.id, named.value FROM jsonb_each_text(NEW.tags::jsonb) AS named; \
     END IF; \
     RETURN NULL; END $$",
    "CREATE TRIGGER transaction_tags_insert AFTER INSERT ON transactions FOR EACH ROW \
     WHEN (NEW.tags IS NOT NULL) EXECUTE FUNCTION transaction_tags_follow()",
    "CREATE TRIGGER transaction_tags_update AFTER UPDATE OF tags, day ON transactions FOR EACH ROW \
     WHEN (OLD.tags IS DISTINCT FROM NEW.tags OR (NEW.tags IS NOT NULL AND OLD.day <> NEW.day)) \
     EXECUTE FUNCTION transaction_tags_follow()",
    "CREATE TRIGGER transaction_tags_delete AFTER DELETE ON transactions FOR EACH ROW \
     WHEN (OLD.tags IS NOT NULL) EXECUTE FUNCTION transaction_tags_follow()",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tags = Table::alter().table(TRANSACTIONS).add_column(maybe_text("tags")).take();
        manager.alter_table(tags).await?;
        let connection = manager.get_connection();
        let statements: &[&str] = match connection.get_database_backend() {
            DbBackend::Postgres => &POSTGRES,
            _ => &SQLITE,
        };
        for statement in statements {
            connection.execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let is_postgres = connection.get_database_backend() == DbBackend::Postgres;
        for name in ["transaction_tags_insert", "transaction_tags_update", "transaction_tags_delete"] {
            let of = if is_postgres { " ON transactions" } else { "" };
            connection.execute_unprepared(&format!("DROP TRIGGER {name}{of}")).await?;
        }
        if is_postgres {
            connection.execute_unprepared("DROP FUNCTION transaction_tags_follow()").await?;
        }
        drop(manager, &["transaction_tags"]).await?;
        manager.alter_table(Table::alter().table(TRANSACTIONS).drop_column("tags").take()).await
    }
}
