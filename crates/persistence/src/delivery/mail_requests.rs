//! [`MailRequestRepository`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    delivery::{MailRequest, MailRequestRepository},
    id::MailRequestId,
    store::StoreError,
};
use sea_orm::{ColumnTrait, EntityTrait, Iterable, QueryFilter, QueryTrait, sea_query::Query};

use crate::{
    rows::mail_requests::{Column, Entity, row},
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl MailRequestRepository for SeaUnitOfWork {
    async fn insert(&mut self, request: &MailRequest) -> Result<(), StoreError> {
        self.execute(&Entity::insert(row(request)).into_query()).await.map(drop)
    }

    async fn take(&mut self, id: MailRequestId) -> Result<Option<MailRequest>, StoreError> {
        let mut delete = Entity::delete_many().filter(Column::Id.eq(id.0)).into_query();
        delete.returning(Query::returning().columns(Column::iter()));
        self.row(&delete).await
    }
}
