//! What transactions are found by when people search or narrow a list: words, amounts, other sides, notes, sorts and
//! currencies.
//!
//! SQLite keeps runs of three characters in a table of its own kind (FTS5), which triggers follow; Postgres in an index over a
//! function. Neither needs an extension.

use dashtam_domain::{
    id::UserId,
    ledger::{amount_key, merchant_key, search_text},
};
use rust_decimal::Decimal;
use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement, prelude::Uuid},
};

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TABLE: &str = "transactions";
/// Transactions that are read at once.
const BATCH: u64 = 5_000;

const SQLITE: &[&str] = &[
    "ALTER TABLE transactions ADD COLUMN search text",
    "ALTER TABLE transactions ADD COLUMN amount_key text",
    "ALTER TABLE transactions ADD COLUMN merchant_key text",
    "CREATE TABLE transaction_docs (doc integer PRIMARY KEY, transaction_id uuid_text NOT NULL UNIQUE)",
    "CREATE VIRTUAL TABLE transaction_texts USING fts5(search, content='', contentless_delete=1, detail=none, \
     tokenize='trigram case_sensitive 1')",
    "CREATE TRIGGER transaction_texts_insert AFTER INSERT ON transactions WHEN NEW.search IS NOT NULL BEGIN \
     INSERT INTO transaction_docs (transaction_id) VALUES (NEW.id); \
     INSERT INTO transaction_texts (rowid, search) \
     VALUES ((SELECT doc FROM transaction_docs WHERE transaction_id = NEW.id), NEW.search); END",
    "CREATE TRIGGER transaction_texts_update AFTER UPDATE OF search ON transactions \
     WHEN OLD.search IS NOT NEW.search BEGIN \
     INSERT INTO transaction_docs (transaction_id) SELECT NEW.id \
     WHERE NOT EXISTS (SELECT 1 FROM transaction_docs WHERE transaction_id = NEW.id); \
     DELETE FROM transaction_texts WHERE rowid = (SELECT doc FROM transaction_docs WHERE transaction_id = NEW.id); \
     INSERT INTO transaction_texts (rowid, search) \
     VALUES ((SELECT doc FROM transaction_docs WHERE transaction_id = NEW.id), NEW.search); END",
    "CREATE TRIGGER transaction_texts_delete AFTER DELETE ON transactions WHEN OLD.search IS NOT NULL BEGIN \
     DELETE FROM transaction_texts WHERE rowid = (SELECT doc FROM transaction_docs WHERE transaction_id = OLD.id); \
     DELETE FROM transaction_docs WHERE transaction_id = OLD.id; END",
];

/// The cost keeps the planner from computing the runs of many rows where the index has them.
const POSTGRES: &[&str] = &[
    "ALTER TABLE transactions ADD COLUMN search text COLLATE \"C\"",
    "ALTER TABLE transactions ADD COLUMN amount_key text COLLATE \"C\"",
    "ALTER TABLE transactions ADD COLUMN merchant_key text COLLATE \"C\"",
    "CREATE FUNCTION search_grams(found text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1000 \
     AS $$ SELECT ARRAY(SELECT substr(found, place, 3) FROM generate_series(1, length(found) - 2) AS place) $$",
];

const POSTGRES_INDEX: &str =
    "CREATE INDEX ix_transactions_search ON transactions USING gin (search_grams(search))";

/// Many rows in one statement: one each would take a journey to the server each.
const POSTGRES_FILL: &str = "UPDATE transactions SET search = f.search, amount_key = f.amount_key, \
     merchant_key = f.merchant_key, has_note = f.has_note \
     FROM jsonb_to_recordset($1::text::jsonb) AS f(id uuid, search text, amount_key text, merchant_key text, has_note boolean) \
     WHERE transactions.id = f.id";

/// Name and columns of the indexes in the order of the lists, and what they leave out.
const INDEXES: [(&str, &[&str]); 3] = [
    ("ix_transactions_amount", &["user_id", "amount_key", "day", "id"]),
    ("ix_transactions_kind", &["user_id", "kind", "day", "id"]),
    ("ix_transactions_currency", &["user_id", "currency", "day", "id"]),
];
const MERCHANT: &str = "ix_transactions_merchant";
const NOTE: &str = "ix_transactions_note";

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    user_id: Uuid,
    amount: String,
    description: String,
    memo: Option<String>,
    merchant: Option<String>,
    corrections: Option<String>,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let is_postgres = connection.get_database_backend() == DbBackend::Postgres;
        for statement in if is_postgres { POSTGRES } else { SQLITE } {
            connection.execute_unprepared(statement).await?;
        }
        let mut note = flag("has_note").default(false).take();
        manager.alter_table(Table::alter().table(TABLE).add_column(&mut note).take()).await?;
        fill(manager).await?;
        for (name, columns) in INDEXES {
            manager.create_index(index(TABLE, columns).name(name).take()).await?;
        }
        let merchant = index(TABLE, &["user_id", "merchant_key", "day", "id"])
            .name(MERCHANT)
            .and_where(Expr::col("merchant_key").is_not_null())
            .take();
        manager.create_index(merchant).await?;
        let note = index(TABLE, &["user_id", "day", "id"]).name(NOTE).and_where(Expr::col("has_note")).take();
        manager.create_index(note).await?;
        if is_postgres {
            connection.execute_unprepared(POSTGRES_INDEX).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let names = INDEXES.map(|(name, _)| name).into_iter().chain([MERCHANT, NOTE]);
        for name in names {
            manager.drop_index(Index::drop().name(name).table(TABLE).to_owned()).await?;
        }
        if connection.get_database_backend() == DbBackend::Postgres {
            connection.execute_unprepared("DROP INDEX ix_transactions_search").await?;
            connection.execute_unprepared("DROP FUNCTION search_grams(text)").await?;
        } else {
            for name in ["transaction_texts_insert", "transaction_texts_update", "transaction_texts_delete"] {
                connection.execute_unprepared(&format!("DROP TRIGGER {name}")).await?;
            }
            drop(manager, &["transaction_texts", "transaction_docs"]).await?;
        }
        for column in ["has_note", "merchant_key", "amount_key", "search"] {
            manager.alter_table(Table::alter().table(TABLE).drop_column(column).take()).await?;
        }
        Ok(())
    }
}

/// Writes what the rows that are there are found by.
async fn fill(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    let columns = ["id", "user_id", "amount", "description", "memo", "merchant", "corrections"];
    let mut after = Uuid::nil();
    loop {
        let mut next = Query::select();
        next.columns(columns)
            .from(TABLE)
            .and_where(Expr::col("id").gt(after))
            .order_by("id", Order::Asc)
            .limit(BATCH);
        let rows = connection.query_all(&next).await?;
        let read = rows.iter().map(|row| Row::from_query_result(row, ""));
        let found: Vec<FoundBy> = read.map(|row| row.map(|row| found_by(&row))).collect::<Result<_, _>>()?;
        after = found.last().map_or(after, |last| last.id);
        if connection.get_database_backend() == DbBackend::Postgres {
            let all = serde_json::Value::from_iter(found.into_iter().map(FoundBy::json)).to_string();
            let statement = Statement::from_sql_and_values(DbBackend::Postgres, POSTGRES_FILL, [all.into()]);
            connection.execute_raw(statement).await?;
        } else {
            // Nothing travels to this engine.
            for row in found {
                connection.execute(&row.update()).await?;
            }
        }
        if rows.len() < BATCH as usize {
            return Ok(());
        }
    }
}

/// What a row is found by.
struct FoundBy {
    id: Uuid,
    search: String,
    amount_key: String,
    merchant_key: Option<String>,
    has_note: bool,
}

impl FoundBy {
    fn json(self) -> serde_json::Value {
        let Self { id, search, amount_key, merchant_key, has_note } = self;
        serde_json::json!({
            "id": id.to_string(), "search": search, "amount_key": amount_key, "merchant_key": merchant_key,
            "has_note": has_note
        })
    }

    fn update(self) -> UpdateStatement {
        Query::update()
            .table(TABLE)
            .value("search", self.search)
            .value("amount_key", self.amount_key)
            .value("merchant_key", self.merchant_key)
            .value("has_note", self.has_note)
            .and_where(Expr::col("id").eq(self.id))
            .take()
    }
}

fn found_by(row: &Row) -> FoundBy {
    let corrections = row.corrections.as_deref().and_then(|text| serde_json::from_str(text).ok());
    let note = corrections.as_ref().and_then(|all: &serde_json::Value| all["note"]["value"].as_str());
    // What cannot be read as a number is shown nowhere either.
    let amount = row.amount.parse::<Decimal>().unwrap_or_default();
    let texts = [Some(row.description.as_str()), row.merchant.as_deref(), row.memo.as_deref(), note];
    FoundBy {
        id: row.id,
        search: search_text(UserId(row.user_id), amount, texts.into_iter().flatten()),
        amount_key: amount_key(amount),
        merchant_key: row.merchant.as_deref().map(merchant_key),
        has_note: note.is_some(),
    }
}
