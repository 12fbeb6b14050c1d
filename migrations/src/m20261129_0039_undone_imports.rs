//! What imports told, so that one can be undone without taking away what others told too. Of imports that are there
//! already it is known what they brought and not which rows of others they found.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// What became of the rows of an import that was undone.
const UNDONE: [&str; 4] = ["undone_removed", "undone_kept", "undone_restored", "undone_accounts"];

/// The rows that an import brought; those of synchronisations are not in it.
const BROUGHT: &str = "ix_transactions_imported";

/// What the imports that are there told of accounts: those whose rows they brought, or whose balance they recorded, are
/// known by the instant at which both were written.
const ACCOUNTS: &str = "INSERT INTO import_accounts \
    (user_id, import_id, account_id, made, institution, name, mask, kind, currency, told_at) \
    SELECT t.user_id, t.import_id, t.account_id, a.created_at = i.created_at, a.institution, a.name, a.mask, a.kind, \
    a.currency, i.created_at FROM \
    (SELECT user_id, import_id, account_id FROM transactions WHERE import_id IS NOT NULL \
    UNION SELECT b.user_id, i.id, b.account_id FROM balances b \
    JOIN imports i ON i.user_id = b.user_id AND i.created_at = b.created_at WHERE b.source = 'statement') t \
    JOIN imports i ON i.user_id = t.user_id AND i.id = t.import_id \
    JOIN accounts a ON a.user_id = t.user_id AND a.id = t.account_id";
const BALANCES: &str = "INSERT INTO import_balances \
    (user_id, import_id, account_id, as_of, balance, available, currency, told_at) \
    SELECT b.user_id, i.id, b.account_id, b.as_of, b.balance, b.available, b.currency, i.created_at FROM balances b \
    JOIN imports i ON i.user_id = b.user_id AND i.created_at = b.created_at WHERE b.source = 'statement'";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Unique, because it is referred to.
        manager.create_index(unique("imports", &["user_id", "id"])).await?;
        manager.drop_index(Index::drop().name("ix_imports_user_id_id").table("imports").to_owned()).await?;
        let mut columns = vec![maybe_time("undone_at")];
        columns.extend(UNDONE.map(|name| ColumnDef::new(name).big_integer().take()));
        columns.push(flag("is_remembered").default(false).take());
        for mut column in columns {
            manager.alter_table(Table::alter().table("imports").add_column(&mut column).take()).await?;
        }
        let indexes = [
            index("import_accounts", &["user_id", "account_id", "import_id"]),
            index("import_balances", &["user_id", "account_id"]),
            index("import_rows", &["user_id", "account_id", "transaction_id"]),
        ];
        create(manager, [accounts(), balances(), rows()], indexes).await?;
        let brought = index("transactions", &["user_id", "import_id"])
            .name(BROUGHT)
            .and_where(Expr::col("import_id").is_not_null())
            .take();
        manager.create_index(brought).await?;
        for fill in [ACCOUNTS, BALANCES] {
            manager.get_connection().execute_unprepared(fill).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name(BROUGHT).table("transactions").to_owned()).await?;
        drop(manager, &["import_rows", "import_balances", "import_accounts"]).await?;
        for column in ["is_remembered", "undone_at"].into_iter().chain(UNDONE) {
            manager.alter_table(Table::alter().table("imports").drop_column(column).take()).await?;
        }
        manager.create_index(index("imports", &["user_id", "id"])).await?;
        manager.drop_index(Index::drop().name("uq_imports_user_id_id").table("imports").to_owned()).await
    }
}

fn accounts() -> TableCreateStatement {
    table(
        "import_accounts",
        [
            uuid("user_id"),
            uuid("import_id"),
            uuid("account_id"),
            flag("made"),
            maybe_text("institution"),
            text("name"),
            maybe_short("mask", 32),
            text("kind"),
            currency(),
            time("told_at"),
        ],
    )
    .primary_key(Index::create().col("user_id").col("import_id").col("account_id"))
    .foreign_key(&mut belongs(
        ("import_accounts", &["user_id", "import_id"]),
        ("imports", &["user_id", "id"]),
    ))
    .foreign_key(&mut belongs(
        ("import_accounts", &["user_id", "account_id"]),
        ("accounts", &["user_id", "id"]),
    ))
    .take()
}

/// What belongs to what an import told of an account.
const TOLD: &[&str] = &["user_id", "import_id", "account_id"];

fn balances() -> TableCreateStatement {
    table(
        "import_balances",
        [
            uuid("user_id"),
            uuid("import_id"),
            uuid("account_id"),
            time("as_of"),
            text("balance"),
            maybe_text("available"),
            currency(),
            time("told_at"),
        ],
    )
    .primary_key(Index::create().col("user_id").col("import_id").col("account_id").col("as_of"))
    .foreign_key(&mut belongs(("import_balances", TOLD), ("import_accounts", TOLD)))
    .take()
}

/// Rows that an import told of and did not bring; those it brought name it themselves.
fn rows() -> TableCreateStatement {
    table(
        "import_rows",
        [
            uuid("user_id"),
            uuid("import_id"),
            uuid("account_id"),
            uuid("transaction_id"),
            word("fate", &["known", "removed"]),
            maybe_short("former", 32),
        ],
    )
    .primary_key(Index::create().col("user_id").col("import_id").col("transaction_id").col("fate"))
    .foreign_key(&mut belongs(("import_rows", TOLD), ("import_accounts", TOLD)))
    .take()
}
