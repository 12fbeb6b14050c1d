//! Statements that write many rows and whose text is always the same.

use std::sync::OnceLock;

use sea_orm::{
    ActiveModelTrait, DbBackend, EntityTrait, Iterable, Statement, Value, Values, sea_query::InsertStatement,
};

/// So many rows go into one statement. What is left of a list goes by the smaller ones.
const SIZES: [usize; 4] = [256, 32, 4, 1];

/// A statement that writes rows of all columns of a table. For each number of rows its text is made once, and prepared once
/// on each connection: making it costs more than what it does.
pub(crate) struct Bulk {
    texts: [[OnceLock<String>; SIZES.len()]; 2],
}

impl Bulk {
    /// A statement that was never used.
    pub(crate) const fn new() -> Self {
        Self { texts: [const { [const { OnceLock::new() }; SIZES.len()] }; 2] }
    }

    /// A list in parts, each of which is one statement.
    pub(crate) fn parts<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
        std::iter::from_fn(move || {
            let size = SIZES.into_iter().find(|size| *size <= rows.len())?;
            let (part, rest) = rows.split_at(size);
            rows = rest;
            Some(part)
        })
    }

    /// The statement for these rows, one of the [`parts`](Self::parts) of a list; `insert` says what it is beside its values.
    pub(crate) fn of<E: EntityTrait>(
        &self,
        backend: DbBackend,
        rows: Vec<E::ActiveModel>,
        insert: impl FnOnce(Vec<E::ActiveModel>) -> InsertStatement,
    ) -> Statement {
        let whole = |rows: Vec<E::ActiveModel>| backend.build(&insert(rows));
        let engine = usize::from(backend == DbBackend::Postgres);
        let text = SIZES.iter().position(|size| *size == rows.len()).map(|at| &self.texts[engine][at]);
        let Some(text) = text else { return whole(rows) };
        let text = text.get_or_init(|| whole(rows.clone()).sql);
        let mut values: Vec<Value> = Vec::new();
        for mut row in rows {
            values.extend(E::Column::iter().filter_map(|column| row.take(column).into_value()));
        }
        Statement { sql: text.clone(), values: Some(Values(values)), db_backend: backend }
    }
}
