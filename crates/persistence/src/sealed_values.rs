//! [`SealedValueRepository`] on the unit of work, for every column of the list.

use async_trait::async_trait;
use dashtam_domain::{
    sealed::{SealedField, SealedValue, SealedValueRepository},
    secret::Sealed,
    store::StoreError,
};
use sea_orm::sea_query::{Expr, ExprTrait, Query};

use crate::unit_of_work::SeaUnitOfWork;

#[async_trait]
impl SealedValueRepository for SeaUnitOfWork {
    async fn replace_if_same(
        &mut self,
        field: SealedField,
        value: &SealedValue,
        new: &Sealed,
    ) -> Result<bool, StoreError> {
        let mut update = Query::update();
        update
            .table(field.table())
            .value(field.column(), new.as_str())
            .and_where(Expr::col(field.row_column()).eq(value.row))
            .and_where(Expr::col(field.column()).eq(value.sealed.as_str()));
        Ok(self.execute(&update).await? == 1)
    }
}
