//! [`DenialRepository`] on the unit of work.

use async_trait::async_trait;
use dashtam_domain::{
    rate_limit::{DenialCount, DenialRepository},
    store::StoreError,
    time::Timestamp,
};
use sea_orm::{EntityTrait, QueryTrait};

use crate::{
    rows::rate_limit_denials::{Entity, row},
    unit_of_work::SeaUnitOfWork,
};

/// Rows of one statement; their columns stay far below what either engine binds.
const ROWS: usize = 500;

#[async_trait]
impl DenialRepository for SeaUnitOfWork {
    async fn append(&mut self, counts: &[DenialCount], now: Timestamp) -> Result<(), StoreError> {
        for counts in counts.chunks(ROWS) {
            let rows = counts.iter().map(|count| row(count, now));
            self.execute(&Entity::insert_many(rows).into_query()).await?;
        }
        Ok(())
    }
}
