//! [`ImportedRows`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    reference::{ImportedRows, ReferenceTable},
    store::StoreError,
    time::Timestamp,
};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryTrait,
    sea_query::{OnConflict, Query},
};
use uuid::Uuid;

use crate::{
    rows::imported_rows::{Column, Entity, row},
    unit_of_work::SeaUnitOfWork,
};

#[async_trait]
impl ImportedRows for SeaUnitOfWork {
    async fn note(
        &mut self,
        table: ReferenceTable,
        ids: &[Uuid],
        now: Timestamp,
    ) -> Result<Vec<Uuid>, StoreError> {
        let mut fresh = Vec::new();
        for ids in ids.chunks(Self::chunk(3)) {
            let known = OnConflict::columns([Column::SourceTable, Column::SourceId]).do_nothing().to_owned();
            let rows = ids.iter().map(|id| row(table, *id, now));
            let mut insert = Entity::insert_many(rows).on_conflict(known).into_query();
            insert.returning(Query::returning().column(Column::SourceId));
            fresh.extend(self.rows::<Uuid>(&insert).await?);
        }
        Ok(fresh)
    }

    async fn forget(&mut self, table: ReferenceTable, ids: &[Uuid]) -> Result<(), StoreError> {
        for ids in ids.chunks(Self::chunk(1)) {
            let delete = Entity::delete_many()
                .filter(Column::SourceTable.eq(table.as_str()))
                .filter(Column::SourceId.is_in(ids.iter().copied()));
            self.execute(&delete.into_query()).await?;
        }
        Ok(())
    }
}
