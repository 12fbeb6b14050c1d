//! What is set on an account and kept there, and what the three transports of a session need. What is fixed when a
//! session begins stays fixed: the database itself refuses to change it, and never moves its end later.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Columns of `users`, in the order in which they are added.
fn of_users() -> Vec<ColumnDef> {
    let quota =
        |name: &'static str, default: i32| int(name).default(default).check(Expr::col(name).gte(-1)).take();
    let double = |name: &'static str| ColumnDef::new(name).double().not_null().default(0.0).take();
    vec![
        maybe_time("expiration_time"),
        maybe_uuid("managed_by").extra("REFERENCES users (id)").take(),
        flag("readonly").default(false).take(),
        flag("device_readonly").default(false).take(),
        flag("limit_commands").default(false).take(),
        flag("fixed_email").default(false).take(),
        quota("device_limit", -1),
        quota("user_limit", 0),
        word("two_factor_type", &["none", "totp", "email"]).default("none").take(),
        maybe_short("phone", 128),
        maybe_short("login", 128),
        maybe_short("map", 128),
        double("latitude"),
        double("longitude"),
        int("zoom").default(0).take(),
        maybe_text("attributes"),
    ]
}

/// Columns of `sessions`, in the order in which they are added.
fn of_sessions() -> Vec<ColumnDef> {
    vec![
        time("authenticated_at").default("1970-01-01T00:00:00+00:00").take(),
        word("assurance", &["aal1", "aal2"]).default("aal1").take(),
        maybe_short("credential_hash", 64),
        maybe_short("csrf_hash", 64),
        maybe_text("scopes"),
        maybe_short("hint", 16),
        maybe_text("networks"),
    ]
}

const SQLITE_FIXED: &[&str] = &[
    "CREATE TRIGGER sessions_fixed BEFORE UPDATE OF user_id, transport, long_lived, created_at, expires_at ON sessions \
     WHEN NEW.user_id <> OLD.user_id OR NEW.transport <> OLD.transport OR NEW.long_lived <> OLD.long_lived \
     OR NEW.created_at <> OLD.created_at OR NEW.expires_at > OLD.expires_at \
     BEGIN SELECT RAISE(ABORT, 'a session keeps what it began with'); END",
];
const POSTGRES_FIXED: &[&str] = &[
    "CREATE FUNCTION sessions_fixed() RETURNS trigger LANGUAGE plpgsql AS \
     $$ BEGIN RAISE EXCEPTION 'a session keeps what it began with'; END $$",
    "CREATE TRIGGER sessions_fixed BEFORE UPDATE OF user_id, transport, long_lived, created_at, expires_at \
     ON sessions FOR EACH ROW WHEN (NEW.user_id <> OLD.user_id OR NEW.transport <> OLD.transport \
     OR NEW.long_lived <> OLD.long_lived OR NEW.created_at <> OLD.created_at OR NEW.expires_at > OLD.expires_at) \
     EXECUTE FUNCTION sessions_fixed()",
];
const SQLITE_FREE: &[&str] = &["DROP TRIGGER IF EXISTS sessions_fixed"];
const POSTGRES_FREE: &[&str] =
    &["DROP TRIGGER IF EXISTS sessions_fixed ON sessions", "DROP FUNCTION IF EXISTS sessions_fixed()"];

/// Uniqueness, name, place, and the rows that are in it.
const INDEXES: [(&str, &str, &str, &str); 4] = [
    ("UNIQUE ", "uq_sessions_credential_hash", "sessions (credential_hash)", "credential_hash IS NOT NULL"),
    ("", "ix_sessions_api_keys", "sessions (user_id, id)", "transport = 'api_key'"),
    ("UNIQUE ", "uq_users_login", "users (login)", "login IS NOT NULL"),
    ("", "ix_users_managed_by", "users (managed_by, id)", "managed_by IS NOT NULL"),
];

async fn run(manager: &SchemaManager<'_>, statements: &[&str]) -> Result<(), DbErr> {
    for statement in statements {
        manager.get_connection().execute_unprepared(statement).await?;
    }
    Ok(())
}

fn is_postgres(manager: &SchemaManager<'_>) -> bool {
    manager.get_database_backend() == DbBackend::Postgres
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // One at a time: SQLite adds one column per statement.
        for (table, columns) in [("users", of_users()), ("sessions", of_sessions())] {
            for mut column in columns {
                manager.alter_table(Table::alter().table(table).add_column(&mut column).take()).await?;
            }
        }
        run(manager, &["UPDATE sessions SET authenticated_at = created_at"]).await?;
        for (kind, name, place, rows) in INDEXES {
            let index = format!("CREATE {kind}INDEX {name} ON {place} WHERE {rows}");
            run(manager, &[&index]).await?;
        }
        run(manager, if is_postgres(manager) { POSTGRES_FIXED } else { SQLITE_FIXED }).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, if is_postgres(manager) { POSTGRES_FREE } else { SQLITE_FREE }).await?;
        for (_, name, ..) in INDEXES {
            run(manager, &[&format!("DROP INDEX {name}")]).await?;
        }
        for (table, columns) in [("sessions", of_sessions()), ("users", of_users())] {
            for column in columns.into_iter().rev() {
                let name = column.get_column_name();
                manager.alter_table(Table::alter().table(table).drop_column(name).take()).await?;
            }
        }
        Ok(())
    }
}
