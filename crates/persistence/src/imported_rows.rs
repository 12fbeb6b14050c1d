//! Which rows of another system's database were copied here, noted on the unit of work that copies them.

use dashtam_domain::{store::StoreError, time::Timestamp};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryTrait,
    sea_query::{OnConflict, Query},
};
use uuid::Uuid;

use crate::{
    Database,
    rows::imported_rows::{Column, Entity, row},
    unit_of_work::SeaUnitOfWork,
};

impl Database {
    /// Opens a unit of work that can also note which rows were copied from elsewhere.
    pub async fn begin_unit(&self) -> Result<SeaUnitOfWork, StoreError> {
        self.store.open().await
    }
}

impl SeaUnitOfWork {
    /// Notes that these rows of another system's table were copied, decided by the database in one statement: those
    /// that were not noted before, so that of several runs at once one copies a row. The note outlives the copy.
    pub async fn note_imported(
        &mut self,
        table: &str,
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

    /// Takes such notes back.
    pub async fn forget_imported(&mut self, table: &str, ids: &[Uuid]) -> Result<(), StoreError> {
        for ids in ids.chunks(Self::chunk(1)) {
            let delete = Entity::delete_many()
                .filter(Column::SourceTable.eq(table))
                .filter(Column::SourceId.is_in(ids.iter().copied()));
            self.execute(&delete.into_query()).await?;
        }
        Ok(())
    }
}
