//! Whether a database of any version holds sealed values: asked before its schema is brought up to date.

use std::sync::LazyLock;

use dashtam_domain::{record::Record, sealed::SealedField, store::StoreError};

use crate::{
    SealedColumn,
    cells::{Cells, Entry, FromRow},
    connect::{Database, Engine},
    pool::Arg,
};

struct Count(i64);

impl FromRow for Count {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        Entry::new(row, Record::Store, 0).get(0).map(Self)
    }
}

/// Whether a column is there, by the names of its table and itself.
const SQLITE: &str = "SELECT COUNT(*) FROM pragma_table_info($1) WHERE name = $2";
const POSTGRES: &str = "SELECT COUNT(*) FROM information_schema.columns \
    WHERE table_schema = current_schema() AND table_name = $1 AND column_name = $2";

/// One statement for each column, in the order of the list.
static HELD: LazyLock<Vec<String>> = LazyLock::new(|| {
    let held = |field: &SealedField| {
        let SealedColumn { table, column, .. } = SealedColumn::of(*field);
        format!(
            "SELECT COUNT(*) FROM (SELECT 1 FROM {table} WHERE {column} IS NOT NULL AND {column} <> '' LIMIT 1) held"
        )
    };
    SealedField::ALL.iter().map(held).collect()
});

impl Database {
    /// Whether anything is stored that only the encryption keys can open, leaving out what lives for minutes.
    /// Columns that this database does not have yet hold nothing.
    pub async fn holds_sealed_values(&self) -> Result<bool, StoreError> {
        let exists = match self.engine() {
            Engine::Sqlite => SQLITE,
            Engine::Postgres => POSTGRES,
        };
        for (field, held) in SealedField::ALL.iter().zip(HELD.iter()) {
            if field.is_short_lived() {
                continue;
            }
            let SealedColumn { table, column, .. } = SealedColumn::of(*field);
            let column = [Arg::Text(table), Arg::Text(column)];
            let found: Option<Count> = self.reader.row(exists, &column).await?;
            if found.is_none_or(|Count(columns)| columns == 0) {
                continue;
            }
            let found: Option<Count> = self.reader.row(held, &[]).await?;
            if found.is_some_and(|Count(values)| values > 0) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
