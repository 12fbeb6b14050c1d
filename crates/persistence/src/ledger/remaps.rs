//! [`RemapRepository`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    id::{AccountId, TransactionId},
    ledger::{RemapPlace, RemapRepository, TransactionKey},
    record::Record,
    store::StoreError,
    time::Timestamp,
};
use sea_orm::{Value, prelude::Uuid};

use crate::{
    cells::{Cells, Entry, FromRow},
    unit_of_work::SeaUnitOfWork,
};

const PLACE: &str = "SELECT mappers, account_id, after_day, after_id FROM remap_places WHERE scope = $1";
const KEEP: &str = "INSERT INTO remap_places (scope, mappers, account_id, after_day, after_id, updated_at) \
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (scope) DO UPDATE SET mappers = excluded.mappers, \
    account_id = excluded.account_id, after_day = excluded.after_day, after_id = excluded.after_id, \
    updated_at = excluded.updated_at";
const FORGET: &str = "DELETE FROM remap_places WHERE scope = $1";

impl FromRow for RemapPlace {
    fn from_row(row: &impl Cells) -> Result<Self, StoreError> {
        let entry = Entry::new(row, Record::RemapPlace, 0);
        let after = entry.maybe_day(2)?.zip(entry.get::<Option<Uuid>>(3)?);
        Ok(Self {
            mappers: entry.text(0)?,
            account: AccountId(entry.get(1)?),
            after: after.map(|(day, id)| TransactionKey { day, id: TransactionId(id) }),
        })
    }
}

#[async_trait]
impl RemapRepository for SeaUnitOfWork {
    async fn place(&mut self, scope: &str) -> Result<Option<RemapPlace>, StoreError> {
        let found = self.statement(PLACE, PLACE, vec![scope.into()]);
        Ok(self.rows_raw::<RemapPlace>(found).await?.pop())
    }

    async fn keep<'a>(
        &mut self,
        scope: &str,
        place: Option<&'a RemapPlace>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let Some(place) = place else {
            return self.execute_raw(self.statement(FORGET, FORGET, vec![scope.into()])).await.map(drop);
        };
        let values: Vec<Value> = vec![
            scope.into(),
            place.mappers.clone().into(),
            place.account.0.into(),
            place.after.map(|after| after.day.0).into(),
            place.after.map(|after| after.id.0).into(),
            now.as_chrono().into(),
        ];
        self.execute_raw(self.statement(KEEP, KEEP, values)).await.map(drop)
    }
}
