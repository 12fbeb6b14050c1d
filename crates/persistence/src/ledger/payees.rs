//! [`PayeeRepository`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    id::{PayeeId, UserId},
    ledger::meaning::{Payee, PayeeName, PayeeRepository},
    store::StoreError,
};
use sea_orm::{ColumnTrait, EntityTrait, Iterable, QueryFilter, QueryTrait, sea_query::OnConflict};

use super::newest;
use crate::{
    rows::payees::{Column, Entity, row},
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl PayeeRepository for SeaUnitOfWork {
    async fn named(&mut self, owner: UserId, names: &[PayeeName]) -> Result<Vec<Payee>, StoreError> {
        let mut found = Vec::new();
        for chunk in names.chunks(Self::chunk(1)) {
            let named = Entity::find()
                .filter(Column::UserId.eq(owner.0))
                .filter(Column::Name.is_in(chunk.iter().map(PayeeName::as_str)));
            found.extend(self.rows::<Payee>(&named.into_query()).await?);
        }
        Ok(found)
    }

    async fn hold(&mut self, owner: UserId, id: PayeeId) -> Result<Option<Payee>, StoreError> {
        self.change_number(owner).await?;
        let found = Entity::find().filter(Column::Id.eq(id.0)).filter(Column::UserId.eq(owner.0));
        self.row(&found.into_query()).await
    }

    async fn put(&mut self, payees: &[Payee]) -> Result<(), StoreError> {
        let known = OnConflict::column(Column::Id)
            .update_columns([Column::Votes, Column::IsRefused, Column::UpdatedAt])
            .to_owned();
        let payees = newest(payees, |payee| payee.id);
        for chunk in payees.chunks(Self::chunk(Column::iter().count())) {
            let insert = Entity::insert_many(chunk.iter().map(|payee| row(payee))).on_conflict(known.clone());
            self.execute(&insert.into_query()).await?;
        }
        Ok(())
    }

    async fn remove(&mut self, owner: UserId, id: PayeeId) -> Result<bool, StoreError> {
        let remove = Entity::delete_many().filter(Column::Id.eq(id.0)).filter(Column::UserId.eq(owner.0));
        Ok(self.execute(&remove.into_query()).await? > 0)
    }
}
