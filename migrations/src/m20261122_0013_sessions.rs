//! What sessions know of their clients, the installation's token floor, administrators, and the audit trail as a
//! chain that the database itself lets nobody change.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// SHA-256 of nothing: the fingerprint of a client without a `User-Agent`.
const NO_FINGERPRINT: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Columns of `sessions`, in the order in which they are added.
fn of_sessions() -> Vec<ColumnDef> {
    vec![
        int("global_version").default(1).take(),
        long("api_calls").default(0).take(),
        short("device", 200).default("Unknown Device").take(),
        maybe_short("location", 300),
        hash("fingerprint").default(NO_FINGERPRINT).take(),
        // Where the sign-in came from, as far as one household goes: see `network_of` of the domain.
        short("network", 64).default("").take(),
        flag("is_trusted").default(false).take(),
        maybe_short("label", 100),
    ]
}

/// What is written differently on the two engines.
struct Words {
    /// The UUID of zeros.
    nil: &'static str,
    /// Now, as we write instants.
    now: &'static str,
    /// Refuses to change or remove a line.
    refuse: &'static [&'static str],
    /// Takes that back.
    permit: &'static [&'static str],
}

const SQLITE: Words = Words {
    nil: "x'00000000000000000000000000000000'",
    now: "strftime('%Y-%m-%dT%H:%M:%S+00:00', 'now')",
    refuse: &[
        "CREATE TRIGGER audit_log_no_update BEFORE UPDATE ON audit_log \
         BEGIN SELECT RAISE(ABORT, 'audit_log is append-only'); END",
        "CREATE TRIGGER audit_log_no_delete BEFORE DELETE ON audit_log \
         BEGIN SELECT RAISE(ABORT, 'audit_log is append-only'); END",
    ],
    permit: &["DROP TRIGGER IF EXISTS audit_log_no_update", "DROP TRIGGER IF EXISTS audit_log_no_delete"],
};

const POSTGRES: Words = Words {
    nil: "'00000000-0000-0000-0000-000000000000'::uuid",
    now: "now()",
    refuse: &[
        "CREATE FUNCTION audit_log_append_only() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN RAISE EXCEPTION 'audit_log is append-only'; END $$",
        "CREATE TRIGGER audit_log_no_change BEFORE UPDATE OR DELETE ON audit_log \
         FOR EACH ROW EXECUTE FUNCTION audit_log_append_only()",
        "CREATE TRIGGER audit_log_no_truncate BEFORE TRUNCATE ON audit_log \
         FOR EACH STATEMENT EXECUTE FUNCTION audit_log_append_only()",
    ],
    permit: &[
        "DROP TRIGGER IF EXISTS audit_log_no_change ON audit_log",
        "DROP TRIGGER IF EXISTS audit_log_no_truncate ON audit_log",
        "DROP FUNCTION IF EXISTS audit_log_append_only()",
    ],
};

/// The sessions of an owner that have not ended, in the order in which they are listed, with all that decides
/// whether they are good: counting them reads nothing else.
const LIVE: &str = "CREATE INDEX ix_sessions_live ON sessions \
     (user_id, last_seen_at, id, created_at, expires_at, long_lived, transport, token_version, global_version) \
     WHERE ended_at IS NULL";

fn words(manager: &SchemaManager<'_>) -> &'static Words {
    if manager.get_database_backend() == DbBackend::Postgres { &POSTGRES } else { &SQLITE }
}

async fn run(manager: &SchemaManager<'_>, statements: &[&str]) -> Result<(), DbErr> {
    for statement in statements {
        manager.get_connection().execute_unprepared(statement).await?;
    }
    Ok(())
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let words = words(manager);
        // SQLite adds one column at a time.
        let add = async |table: &'static str, mut column: ColumnDef| {
            manager.alter_table(Table::alter().table(table).add_column(&mut column).take()).await
        };
        for column in of_sessions() {
            add("sessions", column).await?;
        }
        add("users", flag("administrator").default(false).take()).await?;

        // The one row of what counts for everybody's tokens.
        let config = table(
            "security_config",
            [
                ColumnDef::new("id").integer().not_null().primary_key().check(Expr::col("id").eq(1)).take(),
                int("global_min_token_version"),
                time("grace_until"),
                int("earlier_version"),
                time("earlier_until"),
                time("updated_at"),
                maybe_short("updated_by", 255),
                maybe_text("reason"),
            ],
        );
        let heads = table(
            "audit_chains",
            [uuid("chain_id").primary_key().take(), long("position"), short("hash", 64)],
        );
        create(manager, [config, heads], [index("sessions", &["user_id", "device", "network"])]).await?;
        let (nil, now) = (words.nil, words.now);
        let long_ago = "'1970-01-01T00:00:00+00:00'";
        run(
            manager,
            &[
                LIVE,
                &format!(
                    "INSERT INTO security_config (id, global_min_token_version, grace_until, earlier_version, \
                     earlier_until, updated_at) VALUES (1, 1, {long_ago}, 1, {long_ago}, {now})"
                ),
            ],
        )
        .await?;

        // Lines written so far get their places; the first line linked after them vouches for them.
        add("audit_log", uuid("chain_id").default(Expr::cust(nil)).take()).await?;
        add("audit_log", long("position").default(0).take()).await?;
        add("audit_log", short("prev_hash", 64).default("").take()).await?;
        add("audit_log", short("hash", 64).default("").take()).await?;
        let places = format!(
            "UPDATE audit_log SET chain_id = n.chain, position = n.place FROM (SELECT id, \
             COALESCE(user_id, {nil}) AS chain, ROW_NUMBER() OVER (PARTITION BY COALESCE(user_id, {nil}) \
             ORDER BY created_at, id) AS place FROM audit_log) AS n WHERE n.id = audit_log.id"
        );
        run(manager, &[&places]).await?;
        manager.create_index(unique("audit_log", &["chain_id", "position"])).await?;
        run(manager, words.refuse).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, words(manager).permit).await?;
        for index in
            ["uq_audit_log_chain_id_position", "ix_sessions_user_id_device_network", "ix_sessions_live"]
        {
            run(manager, &[&format!("DROP INDEX {index}")]).await?;
        }
        let remove = async |table: &'static str, column: &str| {
            manager.alter_table(Table::alter().table(table).drop_column(column.to_owned()).take()).await
        };
        for column in ["hash", "prev_hash", "position", "chain_id"] {
            remove("audit_log", column).await?;
        }
        remove("users", "administrator").await?;
        for column in of_sessions() {
            remove("sessions", &column.get_column_name()).await?;
        }
        drop(manager, &["audit_chains", "security_config"]).await
    }
}
