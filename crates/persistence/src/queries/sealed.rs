//! [`SealedQueries`].

use std::sync::LazyLock;

use async_trait::async_trait;
use dashtam_domain::{
    page::{Limit, Page},
    record::Record,
    sealed::{SealedField, SealedQueries, SealedValue},
    secret::Sealed,
    store::StoreError,
};
use uuid::Uuid;

use super::{SqlQueries, count};
use crate::{
    SealedColumn,
    cells::{Cells, Entry, FromRow},
    pool::Arg,
};

/// One statement for each column, in the order of the list.
static VALUES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let select = |field: &SealedField| {
        let SealedColumn { table, column, row } = SealedColumn::of(*field);
        format!(
            "SELECT {row}, {column} FROM {table} WHERE {row} > $1 AND {column} IS NOT NULL ORDER BY {row} LIMIT $2"
        )
    };
    SealedField::ALL.iter().map(select).collect()
});

impl FromRow for SealedValue {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        let entry = Entry::new(row, Record::SealedValue, 0);
        Ok(Self { row: entry.get(0)?, sealed: Sealed::new(entry.text(1)?) })
    }
}

/// What a secret is recognised by.
struct Mark(String);

impl FromRow for Mark {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        Ok(Self(Entry::new(row, Record::SecretMark, 0).text(0)?))
    }
}

#[async_trait]
impl SealedQueries for SqlQueries {
    async fn sealed_values(
        &self,
        field: SealedField,
        after: Option<Uuid>,
        limit: Limit,
    ) -> Result<Page<SealedValue, Uuid>, StoreError> {
        // Every field is one of the list: nobody else can make one.
        let listed = SealedField::ALL.iter().zip(VALUES.iter()).find(|(listed, _)| **listed == field);
        let Some((_, statement)) = listed else { return Ok(Page { items: Vec::new(), next: None }) };
        let args = [Arg::Id(after.unwrap_or_else(Uuid::nil)), count(limit)];
        let rows = self.pool.rows(statement, &args).await?;
        Ok(Page::cut(rows, limit, |last: &SealedValue| last.row))
    }

    async fn secret_key_mark(&self) -> Result<Option<String>, StoreError> {
        let mark = "SELECT mark FROM secret_marks WHERE name = 'secret_key'";
        Ok(self.pool.row(mark, &[]).await?.map(|Mark(mark)| mark))
    }
}
