//! [`SealedValueRepository`] on the unit of work, for every column of the list.

use async_trait::async_trait;
use dashtam_domain::{
    sealed::{SealedField, SealedValue, SealedValueRepository},
    secret::Sealed,
    store::StoreError,
    time::Timestamp,
};
use sea_orm::sea_query::{Expr, ExprTrait, Query};

use crate::{SealedColumn, unit_of_work::SeaUnitOfWork};

#[async_trait]
impl SealedValueRepository for SeaUnitOfWork {
    async fn replace_if_same(
        &mut self,
        field: SealedField,
        value: &SealedValue,
        new: &Sealed,
    ) -> Result<bool, StoreError> {
        let SealedColumn { table, column, row } = SealedColumn::of(field);
        let mut update = Query::update();
        update
            .table(table)
            .value(column, new.as_str())
            .and_where(Expr::col(row).eq(value.row))
            .and_where(Expr::col(column).eq(value.sealed.as_str()));
        Ok(self.execute(&update).await? == 1)
    }

    async fn clear_if_same(&mut self, field: SealedField, value: &SealedValue) -> Result<bool, StoreError> {
        let SealedColumn { table, column, row } = SealedColumn::of(field);
        let mut update = Query::update();
        update
            .table(table)
            .value(column, Option::<String>::None)
            .and_where(Expr::col(row).eq(value.row))
            .and_where(Expr::col(column).eq(value.sealed.as_str()));
        Ok(self.execute(&update).await? == 1)
    }

    async fn remove_row_if_same(
        &mut self,
        field: SealedField,
        value: &SealedValue,
    ) -> Result<bool, StoreError> {
        let SealedColumn { table, column, row } = SealedColumn::of(field);
        let mut delete = Query::delete();
        delete
            .from_table(table)
            .and_where(Expr::col(row).eq(value.row))
            .and_where(Expr::col(column).eq(value.sealed.as_str()));
        Ok(self.execute(&delete).await? == 1)
    }

    async fn mark_secret_key(&mut self, mark: &str, now: Timestamp) -> Result<bool, StoreError> {
        const MARK: &str = "INSERT INTO secret_marks (name, mark, noted_at) VALUES ('secret_key', $1, $2) \
            ON CONFLICT (name) DO UPDATE SET mark = excluded.mark, noted_at = excluded.noted_at \
            WHERE secret_marks.mark <> excluded.mark";
        let statement = self.statement(MARK, MARK, vec![mark.into(), now.as_chrono().into()]);
        Ok(self.execute_raw(statement).await? == 1)
    }
}
