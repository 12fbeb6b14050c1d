//! Inserts that a condition may refuse, in one statement.

use sea_orm::{
    ActiveModelTrait, ActiveValue, EntityTrait, Iterable,
    sea_query::{Condition, Expr, InsertStatement, OnConflict, Query},
};

/// Inserts every set column of `model` where `guard` holds. A row that is in the way is left alone, too.
pub(crate) fn insert_where<A: ActiveModelTrait>(
    model: A,
    taken: OnConflict,
    guard: Condition,
) -> InsertStatement {
    let mut columns = Vec::new();
    let mut values = Query::select();
    for column in <A::Entity as EntityTrait>::Column::iter() {
        if let ActiveValue::Set(value) | ActiveValue::Unchanged(value) = model.get(column) {
            columns.push(column);
            values.expr(Expr::val(value));
        }
    }
    values.cond_where(guard);
    let mut insert = Query::insert();
    insert.into_table(A::Entity::default()).columns(columns).on_conflict(taken);
    // As many values as columns, so that there is nothing to refuse.
    let _ = insert.select_from(values);
    insert
}
